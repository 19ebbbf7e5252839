"""What operators copy: each file is taken by the program that it is for, where that is installed."""

import os
import re
import subprocess

import pytest
import yaml

from tests.architecture.guards import ROOT
from tests.servers import find_program

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
PROCFILE = (ROOT / "Procfile").read_text()


def needs(program, package):
    missing = find_program(program) is None
    return pytest.mark.skipif(missing, reason=f"{program} is not installed (Debian: {package})")


def run(program, *arguments, **options):
    done = subprocess.run([find_program(program), *arguments], capture_output=True, text=True, **options)
    return done.returncode, done.stdout + done.stderr


@needs("nft", "nftables")
@pytest.mark.skipif(os.geteuid() != 0, reason="nft asks the kernel, which answers root alone")
def test_the_firewall_is_taken():
    code, said = run("nft", "-c", "-f", str(DEPLOY / "firewall.nft"))

    assert code == 0, said


def test_the_firewall_opens_the_web_to_everybody_and_nothing_else():
    rules = (DEPLOY / "firewall.nft").read_text()
    open_to_all = [line for line in rules.splitlines() if "dport" in line and "saddr" not in line]

    assert [line.strip() for line in open_to_all] == ["tcp dport { 80, 443 } accept"]
    assert "hook input priority filter; policy drop;" in rules


@needs("nginx", "nginx")
@needs("openssl", "openssl")
def test_nginx_takes_its_settings(tmp_path):
    text = (DEPLOY / "nginx_tls.conf").read_text()
    text = text.replace("server web:8000", "server 127.0.0.1:8000").replace(
        "server stream:8001", "server 127.0.0.1:8001"
    )
    (tmp_path / "certificates").mkdir()
    names = ["-keyout", "certificates/privkey.pem", "-out", "certificates/fullchain.pem"]
    made = run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=stays", *names, cwd=tmp_path)
    assert made[0] == 0, made[1]
    settings = tmp_path / "nginx.conf"
    settings.write_text(f"pid {tmp_path}/pid; error_log {tmp_path}/log;\n{text}")

    code, said = run("nginx", "-t", "-p", str(tmp_path), "-c", str(settings))

    assert code == 0, said


@needs("systemd-analyze", "systemd")
@pytest.mark.parametrize("unit", sorted(path.name for path in (DEPLOY / "systemd").iterdir()))
def test_systemd_understands_the_units(unit):
    _, said = run("systemd-analyze", "verify", str(DEPLOY / "systemd" / unit))
    about_ours = [line for line in said.splitlines() if line.startswith(("stays", str(DEPLOY)))]

    # The programs are where the product is installed, which is not here.
    assert [line for line in about_ours if "is not executable: No such file" not in line] == []


@pytest.mark.parametrize("process", sorted(set(re.findall(r"^(\w+): ", PROCFILE, re.M)) - {"mail"}))
def test_every_way_of_running_starts_the_same_processes(process):
    local = re.search(rf"^{process}: (.+)$", PROCFILE, re.M)
    assert local is not None
    words = {word for word in local[1].split() if "/" not in word or word.startswith("deploy/")}
    unit = (DEPLOY / "systemd" / f"stays-{process}.service").read_text()
    service = COMPOSE["services"][process]
    command = " ".join(service["command"]) if "command" in service else (ROOT / "Dockerfile").read_text()

    for word in words & {
        "wsgi:app",
        "celery_worker",
        "worker",
        "beat",
        "deploy/gunicorn.conf.py",
        "deploy/gunicorn_streams.conf.py",
    }:
        assert word in unit
        assert word in command


def test_only_nginx_is_reachable_and_only_the_product_reaches_the_data():
    services, networks = COMPOSE["services"], COMPOSE["networks"]

    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    assert networks["data"]["internal"] is networks["front"]["internal"] is True
    assert services["database"]["networks"] == services["redis"]["networks"] == ["data"]
    assert "data" not in services["nginx"]["networks"]


def test_the_image_runs_as_nobody_in_particular_and_holds_no_secrets():
    dockerfile = (ROOT / "Dockerfile").read_text()
    ignored = (ROOT / ".dockerignore").read_text().split()

    assert re.search(r"^USER 10001$", dockerfile, re.M)
    assert "HEALTHCHECK" in dockerfile
    assert "--require-hashes" in dockerfile
    assert {".env", "instance", ".git", "backups"} <= set(ignored)


ADDRESSES = {
    "haproxy.cfg": ("LISTEN", "WEB_1", "WEB_2", "STREAM_1", "STREAM_2"),
    "haproxy_database.cfg": ("LISTEN", "NODE_1", "NODE_2", "NODE_3"),
}


@needs("haproxy", "haproxy")
@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_haproxy_takes_its_settings(name):
    addresses = {variable: f"127.0.0.1:{20_000 + n}" for n, variable in enumerate(ADDRESSES[name])}
    health = {f"HEALTH_{n}": str(21_000 + n) for n in (1, 2, 3)}

    code, said = run("haproxy", "-c", "-f", str(DEPLOY / name), env={**os.environ, **addresses, **health})

    assert code == 0, said


def test_the_script_that_starts_a_node_is_one_that_a_plain_shell_reads():
    code, said = run("sh", "-n", str(DEPLOY / "galera" / "start_node.sh"))

    assert code == 0, said

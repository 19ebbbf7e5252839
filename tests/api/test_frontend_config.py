"""What a frontend needs at start."""


def test_the_config_tells_what_can_be_paid_with_and_uploaded(client):
    answer = client.get("/api/v1/config")

    assert answer.status_code == 200
    assert answer.json["payment_methods"] == ["sandbox"]
    assert {"EUR", "JPY", "KWD"} <= set(answer.json["currencies"])
    assert "en" in answer.json["locales"]
    assert answer.json["upload_limits"]["picture"]["max_bytes"] == 20 * 1024 * 1024
    assert answer.json["oauth_providers"] == answer.json["legal_documents"] == []


def test_the_config_needs_no_database(client, count_statements):
    client.get("/api/v1/config")

    assert count_statements == []


def test_the_config_is_not_sent_again(client):
    etag = client.get("/api/v1/config").headers["ETag"]

    assert client.get("/api/v1/config", headers={"If-None-Match": etag}).status_code == 304

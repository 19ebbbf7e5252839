"""Who can sign in to the demo world; standard library only, as ``make run`` prints it before anything is loaded."""

DOMAIN = "demo.example"
PASSWORD = "demo-password"  # noqa: S105 - printed for everybody, and only where nobody real is

#: Address -> role and first name. Staff first: the dashboard's login is theirs.
LOGINS = {
    f"admin@{DOMAIN}": ("admin", "Ada"),
    f"support@{DOMAIN}": ("support", "Sami"),
    f"finance@{DOMAIN}": ("finance", "Fiona"),
    f"host@{DOMAIN}": ("host", "Helena"),
    f"guest@{DOMAIN}": ("guest", "Gustav"),
}
#: What ``make run`` prints beside the dashboard's address.
DEMO_LOGIN = f"{next(iter(LOGINS))}, password {PASSWORD}"

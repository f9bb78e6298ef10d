"""Next pages nobody should turn to (reliability.md section 8)."""


def hostile_links(root: str, evil: str) -> list[str]:
    """Links that look like `root`, or say so, and lead elsewhere; `evil` is a host that would notice."""
    scheme, _, host = root.partition("://")
    enemy = evil.partition("://")[2]
    name, _, port = host.partition(":")
    colon = f":{port}" if port else ""
    other = "http" if scheme == "https" else "https"
    return [
        f"{evil}\\@{host}/v1.0/",
        f"{evil}/v1.0/security/labels/retentionLabels",
        f"{root}@{enemy}/",
        f"{root}@{enemy}/v1.0/",
        f"{scheme}://user:secret@{host}/v1.0/x",
        f"{scheme}://@{host}/v1.0/x",
        f"{scheme}://{name}.{enemy}/v1.0/x",
        f"{scheme}://x{host}/v1.0/x",
        f"{scheme}://{name}.{colon}/v1.0/x",
        f"{scheme}://{name}:8443/v1.0/x",
        f"{scheme}://{name}:{port or 443}0/v1.0/x",
        f"{scheme}://{name}%2e{colon}/v1.0/x",
        f"{scheme}://{_wide(name)}{colon}/v1.0/x",
        f"{other}://{host}/v1.0/x",
        f"//{enemy}/v1.0/x",
        f"//{host}/v1.0/x",
        f"///{host}/v1.0/x",
        f"{scheme}:{host}/v1.0/x",
        f"{scheme}:/{host}/v1.0/x",
        f"{scheme}:///{host}/v1.0/x",
        f"{scheme}:\\\\{enemy}/v1.0/x",
        "/v1.0/security/labels/retentionLabels",
        "security/labels/retentionLabels",
        f"ftp://{host}/v1.0/x",
        f"file:///{host}/v1.0/x",
        "javascript:alert(1)",
        "",
        root,
        f"{root}/",
        f"{root}/v1.0",
        f"{root}/v1.0?x=1",
        f"{root}/v1.01/x",
        f"{root}/V1.0/x",
        f"{root}/beta/x",
        f"{root}/v1.0/../beta",
        f"{root}/v1.0/./x",
        f"{root}/v1.0/..",
        f"{root}/v1.0/x/%2e%2e/%2e%2e/beta",
        f"{root}/v1.0/x/.%2E/y",
        f"{root}/v1.0/..%2fbeta",
        f"{root}/v1.0/%252e%252e/beta",
        f"{root}/v1.0/%25252e./beta",
        f"{root}/v1.0/..\\beta",
        f"{root}/v1.0/..%5cbeta",
        f"{root}/x/../v1.0/x",
        f"{root}//v1.0/x",
        f"{root}/v1.0/x#fragment",
        f"{root}#@{enemy}/v1.0/x",
        f"{root}?@{enemy}/v1.0/x",
        f"{root}/v1.0/x\r\nHost: {enemy}",
        f"{root}/v1.0/x\t",
        f"{root}/v1.0/x y",
        f" {root}/v1.0/x",
        f"{root}/v1.0/x\0",
        f"{root}/v1.0/x\u2028",
        f"{root}/v1.0/é",
        f"{scheme}://[{host}/v1.0/x",
        f"{scheme}://[::1]:{enemy.partition(':')[2] or 80}/v1.0/x",
        f"{scheme}://{name}:99999/v1.0/x",
        f"{scheme}://{name}:-1/v1.0/x",
        f"{scheme}://{name}:x/v1.0/x",
    ]


def _wide(name: str) -> str:
    """`name` in full-width letters, digits and dots, which some normalise back to ASCII."""
    return "".join(chr(ord(char) + 0xFEE0) for char in name)

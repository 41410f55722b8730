"""A browser without script, as the tests of the screen use it."""

import re
from typing import Any

from screen_rows import PASSWORD

ORIGIN = "http://testserver"


class Person:
    """A browser without script: it keeps cookies, and sends forms with the token of the page before."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.last: Any = None

    def get(self, path: str) -> Any:
        self.last = self.client.get(path, follow_redirects=False)
        return self.last

    def csrf(self, path: str = "/help") -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.client.get(path).text)
        assert found
        return found[1]

    def post(self, path: str, fields: dict[str, Any] | None = None, *, page: str = "/help", **headers: str) -> Any:
        data = {"csrf": self.csrf(page), **(fields or {})}
        return self.client.post(path, data=data, headers={"origin": ORIGIN, **headers}, follow_redirects=False)

    def sign_in(self, name: str, password: str = PASSWORD) -> Any:
        return self.post("/sign-in", {"name": name, "password": password}, page="/sign-in")

"""Every address, and who may use it, in one table. A test walks the application and finds no address beside these."""

from models.vocabulary import Role
from review import casepages, dashboards, desk, reading
from review.seen import Handler, Route

EVERYBODY: frozenset[Role] = frozenset()
READERS = frozenset(Role)
INSPECTORS = frozenset({Role.INSPECTOR, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})


def _get(path: str, handler: Handler, roles: frozenset[Role]) -> Route:
    return Route("GET", path, handler, roles)


def _post(path: str, handler: Handler, roles: frozenset[Role]) -> Route:
    return Route("POST", path, handler, roles)


ROUTES: tuple[Route, ...] = (
    # No session yet: the door, and the style sheet of the door.
    _get("/sign-in", desk.sign_in_page, EVERYBODY),
    _post("/sign-in", desk.sign_in, EVERYBODY),
    _get("/static/{name}", desk.static, EVERYBODY),
    # Whoever reads advertisements.
    _post("/sign-out", desk.sign_out, READERS),
    _get("/", desk.home, READERS),
    _get("/help", desk.help_page, READERS),
    _get("/password", desk.password_page, READERS),
    _post("/password", desk.change_password, READERS),
    _get("/read/{queue}", reading.read_next, READERS),
    _get("/ads/{ad}", reading.read_given, READERS),
    _get("/ads/{ad}/compare", reading.compare, READERS),
    _post("/ads/{ad}/answer", reading.answer_ad, READERS),
    _post("/ads/{ad}/hold", reading.hold, READERS),
    _post("/undo", reading.take_back, READERS),
    _get("/screenshots/{capture}", reading.picture, READERS),
    _get("/cases", casepages.cases, READERS),
    _get("/cases/{case}", casepages.case_page, READERS),
    _get("/dashboard", dashboards.dashboard, READERS),
    # Whoever works cases and settles differences.
    _get("/adjudicate", reading.adjudicate_next, INSPECTORS),
    _get("/adjudicate/{ad}", reading.adjudicate_given, INSPECTORS),
    _post("/adjudicate/{ad}", reading.adjudicate, INSPECTORS),
    _get("/cases/{case}/dossier/{form}", casepages.download, INSPECTORS),
    _post("/cases/{case}/move", casepages.move, INSPECTORS),
    _post("/cases/{case}/assign", casepages.give, INSPECTORS),
    _post("/cases/{case}/note", casepages.remark, INSPECTORS),
    _post("/cases/{case}/takedown", casepages.ask_takedown, INSPECTORS),
    _post("/cases/{case}/merge", casepages.join, INSPECTORS),
    _post("/cases/{case}/split", casepages.part, INSPECTORS),
    _post("/audit", desk.draw, INSPECTORS),
    # Whoever keeps the house.
    _get("/accounts", desk.accounts, ADMINS),
    _post("/accounts", desk.add_account, ADMINS),
    _post("/accounts/{name}/disable", desk.disable, ADMINS),
    _get("/access", desk.access, ADMINS),
    _get("/access.csv", desk.access_file, ADMINS),
)

"""Templates to responses, and what a browser may do with them."""

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from plantroom.domain.units import unit_sign

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@cache
def static(name: str) -> str:
    """Return the URL of a static file; another content is another URL."""
    content = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={content}"


def moment(rfc3339: str, zone: ZoneInfo, *, now: int, age: bool = True) -> Markup:
    """Return a time where the asset stands, without its date if that is today's, and room for its `age`."""
    time = datetime.fromisoformat(rfc3339)
    here, today = time.astimezone(zone), datetime.fromtimestamp(now / 1000, zone).date()
    shown = Markup('<time datetime="{}" title="{}">{}</time>').format(
        rfc3339,
        here.strftime("%Y-%m-%d %H:%M:%S %Z"),
        here.strftime("%H:%M:%S" if here.date() == today else "%m-%d %H:%M"),
    )
    if not age:
        return shown
    return shown + Markup(' <span class="ago" data-at="{}"></span>').format(round(time.timestamp() * 1000))


_templates: Final = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals.update(static=static, unit=unit_sign)


def render(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return `template` filled in with `values`."""
    return HTMLResponse(_templates.get_template(template).render(values), status_code=status, headers=HEADERS)

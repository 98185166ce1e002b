"""Pictures of every page, light, dark and on a phone, into var/screenshots: `python -m tests.console.screenshots [page…]`.

`python -m tests.console.screenshots --docs` makes those of docs/ and nothing else.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path

folder = tempfile.TemporaryDirectory(prefix="quayside-pictures-")
os.environ.setdefault("QUAYSIDE_VAR", folder.name)

from PIL import Image  # noqa: E402  # comes with Streamlit
from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402  # settings are read once, so their folder comes first
from sqlalchemy import update  # noqa: E402  # settings are read from the environment set above

from console.parts.table import HEAD_PX, ROW_PX, TALL_ROW_PX  # noqa: E402  # settings are read from the environment set above
from db.columns import db_now  # noqa: E402  # settings are read from the environment set above
from db.engine import begin  # noqa: E402  # settings are read from the environment set above
from db.migrate import upgrade  # noqa: E402  # settings are read from the environment set above
from db.schema import consumers  # noqa: E402  # settings are read from the environment set above
from tasks import broker  # noqa: E402  # settings are read from the environment set above
from tests.console.demo import seed  # noqa: E402  # settings are read from the environment set above
from tests.console.served import CHROMIUM, CHROMIUM_ARGS, ROOT, console  # noqa: E402  # settings are read from the environment set above

OUT, DOCS = ROOT / "var" / "screenshots", ROOT / "docs"
DOCUMENTED = {"overview": "light", "jobs": "dark", "stores": "light", "orders": "light", "schedules": "dark"}
SIZES = {"light": (1440, 900), "dark": (1440, 900), "phone": (390, 844)}
PAGES = {
    "overview": ("/", "Overview"), "jobs": ("/jobs", "Jobs"), "jobs-failed": ("/jobs?jobs_state=failed", "Jobs"),
    "jobs-none": ("/jobs?jobs_search=zzzz", "Jobs"), "sync": ("/sync?sync_store=zurich", "Sync"), "stores": ("/stores", "Stores"),
    "stores-fresh": ("/stores?stores_view=freshness", "Stores"), "stores-runs": ("/stores?stores_view=runs", "Stores"),
    "users": ("/users", "Users"), "workers": ("/workers", "Workers"),
    "failures": ("/failures", "Failures"), "schedules": ("/schedules", "Schedules"), "queues": ("/queues", "Queues"), "products": ("/products", "Products"),
    "orders": ("/orders", "Orders"), "bulk": ("/bulk", "Bulk"), "bulk-one": ("/bulk?id=1", "Bulk"), "store": ("/store?store=harbor", "Harbor"),
    "store-records": ("/store?store=zurich&store_tab=records", "Zürich"), "store-timeline": ("/store?store=harbor&store_tab=timeline", "Harbor"), "order": ("/order?id=4", "Order"), "product": ("/product?id=4", "Product"),
    "job": ("/job?id={failed}", "Job"), "job-running": ("/job?id={running}", "Job"), "audit": ("/audit", "Audit"),
    **{f"settings-{part}": (f"/settings?settings_part={part}", "Settings") for part in ("people", "tokens", "alerts", "retention", "health")},
}  # fmt: skip


def ready(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible(timeout=30_000)
    page.wait_for_timeout(1_500)  # tables draw themselves after they are there
    settle(page)


def settle(page: Page) -> None:
    """Nothing runs, nothing is still a grey box, nothing is faded since it is about to be replaced."""
    page.wait_for_function(
        """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
        && !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')""",
        timeout=20_000,
    )


def shoot(page: Page, name: str) -> None:
    settle(page)
    page.screenshot(path=OUT / f"{name}.png")


def beat() -> None:
    """The invented consumers stay alive, all but one."""
    with begin() as conn:
        conn.execute(update(consumers).where(consumers.c.host != "ops-3").values(beat_at=db_now(-3)))


def click_menu(page: Page, key: str, row: int, label: str, row_height: int = ROW_PX) -> None:
    box = page.locator(f".st-key-{key} canvas").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 25, box["y"] + HEAD_PX + (row + 0.5) * row_height)
    page.get_by_text(label, exact=True).last.click()
    page.wait_for_timeout(2_500)


def main(asked: list[str]) -> None:
    is_docs, only = "--docs" in asked, [name for name in asked if name != "--docs"]
    upgrade()
    with begin() as conn:
        seed(conn)
        numbers = {"failed": conn.exec_driver_sql("SELECT max(job_id) FROM sync_runs").scalar(),
                   "running": conn.exec_driver_sql("SELECT max(id) FROM jobs WHERE state='running'").scalar()}  # fmt: skip
    OUT.mkdir(parents=True, exist_ok=True)
    pid = broker.start_private()
    with console(QUAYSIDE_VAR=os.environ["QUAYSIDE_VAR"]) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        if is_docs:
            docs(browser, address)
        else:
            pictures(browser, address, numbers, only)
        browser.close()
    if pid is not None:
        broker.stop_private(pid)
    sys.stdout.write(f"{DOCS if is_docs else OUT}\n")


def docs(browser: Browser, address: str) -> None:
    """The pictures that README and docs/ show, small enough for a repository."""
    DOCS.mkdir(exist_ok=True)
    for name, mode in DOCUMENTED.items():
        page = opened(browser, mode, *SIZES[mode])
        beat()
        path, title = PAGES[name]
        page.goto(address + path)
        ready(page, title)
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        picture.save(DOCS / f"{name}-{mode}.png", optimize=True)
        page.context.close()


def opened(browser: Browser, mode: str, width: int, height: int) -> Page:
    return browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if mode == "dark" else "light",
                               timezone_id="Europe/Zurich", locale="en-GB", reduced_motion="reduce").new_page()  # fmt: skip


def pictures(browser: Browser, address: str, numbers: dict[str, int], only: list[str]) -> None:
    """Every page in every size, and what opens over them."""
    for mode, (width, height) in SIZES.items():
        page = opened(browser, mode, width, height)
        for name, (path, title) in PAGES.items():
            if only and name not in only:
                continue
            beat()
            page.goto(address + path.format(**numbers))
            ready(page, title)
            if name == "sync":
                page.locator(".st-key-sync_form").get_by_text("Orders", exact=True).click()
                page.wait_for_timeout(1_500)
            shoot(page, f"{name}-{mode}")
            if name in ("overview", "job", "workers"):
                tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
                page.set_viewport_size({"width": width, "height": max(height, min(int(tall), 3_000))})
                page.wait_for_timeout(1_200)
                shoot(page, f"{name}-{mode}-whole")
                page.set_viewport_size({"width": width, "height": height})
        if mode == "light" and (not only or "drawers" in only):
            drawers(page, address, numbers)
        page.context.close()


def drawers(page: Page, address: str, numbers: dict[str, int]) -> None:
    """What opens over a page."""
    beat()
    page.goto(f"{address}/jobs?jobs_search={numbers['failed']}")
    ready(page, "Jobs")
    click_menu(page, "jobs", 0, "Details")
    shoot(page, "drawer-job")
    page.goto(f"{address}/jobs?jobs_state=running")
    ready(page, "Jobs")
    click_menu(page, "jobs", 0, "Cancel")
    shoot(page, "dialog-cancel")
    page.goto(f"{address}/stores?stores_search=zurich")
    ready(page, "Stores")
    click_menu(page, "stores", 0, "Details", TALL_ROW_PX)
    shoot(page, "drawer-store")
    page.get_by_role("button", name="Confirm the deletions").click()
    page.wait_for_timeout(2_000)
    shoot(page, "dialog-deletions")
    page.goto(f"{address}/stores?stores_search=kiosk")
    ready(page, "Stores")
    click_menu(page, "stores", 0, "Details", TALL_ROW_PX)
    page.set_viewport_size({"width": 1440, "height": 1500})
    page.wait_for_timeout(1_500)
    shoot(page, "drawer-store-derived")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{address}/stores?stores_search=verde")
    ready(page, "Stores")
    click_menu(page, "stores", 0, "Details", TALL_ROW_PX)
    shoot(page, "drawer-store-paused")
    page.get_by_role("button", name="Edit").click()
    page.wait_for_timeout(2_000)
    shoot(page, "dialog-edit")
    page.goto(f"{address}/stores")
    ready(page, "Stores")
    page.get_by_role("button", name="Connect store").click()
    page.get_by_role("dialog").get_by_role("combobox").click()
    page.get_by_role("option", name="TikTok Shop").click()
    page.wait_for_timeout(2_000)
    shoot(page, "dialog-connect")
    page.goto(f"{address}/users")
    ready(page, "Users")
    click_menu(page, "users", 1, "Create product…")
    shoot(page, "dialog-product")
    page.goto(f"{address}/users")
    ready(page, "Users")
    page.get_by_role("button", name="Add user").click()
    page.wait_for_timeout(1_000)
    page.get_by_role("dialog").get_by_role("button", name="Add user").click()
    page.wait_for_timeout(800)
    shoot(page, "dialog-user")


if __name__ == "__main__":
    assert Path(CHROMIUM).exists(), f"{CHROMIUM} is not there"
    main(sys.argv[1:])

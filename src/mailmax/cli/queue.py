"""``mailmax queue``."""

from cyclopts import App

from mailmax.cli.desk import Common, Desk
from mailmax.cli.moments import shown_moment
from mailmax.hub import admin

app = App(name="queue", help="Mail that waits to be sent.")


@app.command(name="list")
def list_(*, limit: int = admin.PAGE_ROWS, common: Common | None = None) -> int:
    """Show what waits, and why.

    Args:
        limit: At most so many lines.
        common: Options of every command.
    """
    desk = Desk(common)
    page = desk.ask(admin.ListQueue(limit))
    if not isinstance(page, admin.QueuePage):
        return 1
    if desk.common.json:
        desk.show_json(page)
        return 0
    desk.show_table(
        ("Entry", "From", "To", "State", "Tries", "Next try", "Last reply"),
        [
            (
                row.entry_id,
                row.reverse_path or "<>",
                row.recipient,
                row.state,
                row.tries,
                shown_moment(row.next_try_at),
                row.last_reply,
            )
            for row in page.rows
        ],
    )
    if page.total > len(page.rows):
        print(f"… and {page.total - len(page.rows)} more")
    return 0

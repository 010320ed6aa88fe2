"""What Housekeeping does where domain and user say nothing (manual 4.1, 6.6, 7.7)."""

from mailmax.settings.domain import HOUSEKEEPING, MOST_DAYS
from mailmax.settings.field import Field
from mailmax.settings.kinds import boolean, choice, number

DELETE_WAYS = ("database", "archive", "remove")

FIELDS = (
    Field(
        key="housekeeping",
        label="Default housekeeping method",
        default="disabled",
        check=choice(*HOUSEKEEPING),
        help="What Housekeeping does once a day where domain and user say nothing. "
        "`messages_by_age`: mail goes that came longer ago than the days. "
        "`users_by_age`: users go who did not log in for so long, but no "
        "administrators, postmasters, disabled users, traps, targets of catch-all, "
        "monitor and forwards, and who forwards. `disabled`: neither.",
        manual="4.1",
        choices=HOUSEKEEPING,
    ),
    Field(
        key="housekeeping_days",
        label="Days to wait",
        default=0,
        check=number(0, MOST_DAYS),
        help="The days of housekeeping. 0: nothing is ever too old.",
        manual="4.1",
        unit="days",
        zero="never",
    ),
    Field(
        key="housekeeping_hour",
        label="Quiet hour",
        default=3,
        check=number(0, 23),
        help="When Housekeeping begins, by the clock of the computer it runs on.",
        manual="4.1",
    ),
    Field(
        key="housekeeping_spares_flagged",
        label="Spare flagged messages",
        default=True,
        check=boolean,
        help="Never delete by age what a user has flagged, nor drafts.",
        manual="4.1",
    ),
    Field(
        key="housekeeping_way",
        label="Mail of users by age",
        default="archive",
        check=choice(*DELETE_WAYS),
        help="What becomes of the mail of users who are deleted by age. `database`: "
        "the files stay where they are; `archive`: they are put away under the date; "
        "`remove`: they are removed after the days of grace.",
        manual="7.7",
        choices=DELETE_WAYS,
    ),
)

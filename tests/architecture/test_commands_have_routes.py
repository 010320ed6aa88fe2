"""Whatever a command does, the REST API does, too; or it is said why it does not."""

import importlib.util
from pathlib import Path

import pytest

from mailmax.cli.app import app
from mailmax.webadmin.api import all_routes

ROOT = Path(__file__).parents[2]
ROUTES = {one.name for one in all_routes().all}

OF_THE_MACHINE = {
    "demo": "starts everything on the computer that it is typed on",
    "run": "starts a service on the computer that it is typed on",
    "serve": "starts all services on the computer that it is typed on",
    "setup": "there is no web before it; `serve` has a wizard in the browser",
    "admin link": "for who has lost the password: it needs the host password",
}
"""No routes, and why."""

ROUTES_OF = {
    "activity": "show_activity show_activity_table",
    "alias add": "add_alias",
    "alias delete": "delete_alias",
    "alias list": "list_aliases list_aliases_of_user",
    "audit list": "list_audit",
    "ban add": "add_ban",
    "ban list": "list_bans",
    "ban remove": "remove_ban",
    "cluster add": "add_cluster_member",
    "cluster change": "change_cluster_member",
    "cluster list": "list_cluster_members",
    "cluster remove": "remove_cluster_member",
    "cluster status": "list_cluster_members",
    "config check": "list_findings show_local show_virus_scanners list_connections",
    "config database": "show_database",
    "config get": "show_settings show_setting",
    "config local": "show_local",
    "config set": "change_settings",
    "connection add": "add_connection",
    "connection delete": "delete_connection",
    "connection list": "list_connections",
    "connection set": "change_connection",
    "connection show": "show_connection",
    "dnsbl list": "list_block_lists",
    "dnsbl test": "try_block_lists",
    "domain add": "add_domain",
    "domain alias": "list_domain_names add_domain_names delete_domain_name",
    "domain delete": "delete_domain show_domain_extent",
    "domain list": "list_domains",
    "domain set": "change_domain change_domains",
    "domain show": "show_domain",
    "filter add": "add_filter",
    "filter down": "move_filter",
    "filter edit": "change_filter",
    "filter list": "list_filters",
    "filter move": "move_filter",
    "filter remove": "remove_filter",
    "filter up": "move_filter",
    "hostpassword": "show_host_password set_host_password",
    "housekeeping list": "list_cleaning_deeds",
    "housekeeping run": "run_housekeeping",
    "housekeeping status": "show_housekeeping",
    "log content": "change_settings",
    "log list": "list_log_files",
    "log show": "read_log_file",
    "program try": "try_program show_program_trial",
    "quarantine delete": "steer_quarantine",
    "quarantine list": "list_quarantine",
    "quarantine release": "steer_quarantine",
    "quarantine show": "show_quarantined read_quarantined download_quarantined",
    "queue count": "count_queue list_etrn",
    "queue dead delete": "steer_dead_mail",
    "queue dead list": "list_dead_mail",
    "queue dead resend": "steer_dead_mail",
    "queue dead show": "show_dead_mail read_dead_mail download_dead_mail",
    "queue delete": "steer_queue",
    "queue edit": "steer_queue",
    "queue flush": "steer_queue",
    "queue hold": "steer_queue",
    "queue list": "list_queue",
    "queue release": "steer_queue release_etrn",
    "queue retry": "steer_queue",
    "queue show": "show_queued read_queued download_queued",
    "rule add": "add_system_rule add_domain_rule add_user_rule",
    "rule change": "change_system_rule change_domain_rule change_user_rule",
    "rule delete": "delete_system_rule delete_domain_rule delete_user_rule",
    "rule disable": "switch_system_rule switch_domain_rule switch_user_rule",
    "rule enable": "switch_system_rule switch_domain_rule switch_user_rule",
    "rule list": "list_system_rules list_domain_rules list_user_rules",
    "rule move": "move_system_rule move_domain_rule move_user_rule",
    "rule show": "show_system_rule show_domain_rule show_user_rule",
    "rule test": "try_system_rule try_domain_rule try_user_rule",
    "service add": "add_listener",
    "service close": "change_listener",
    "service delete": "delete_listener",
    "service list": "list_connections show_listener",
    "service open": "change_listener",
    "service restart": "steer_service",
    "service set": "change_listener",
    "service start": "steer_service",
    "service stop": "steer_service",
    "sessions": "list_connected",
    "spy logins": "show_logins begin_trace listen",
    "spy trace": "begin_trace listen",
    "status": "show_status",
    "system add": "add_system try_system",
    "system delete": "remove_system",
    "system edit": "change_system",
    "system group add": "add_system_group",
    "system group delete": "remove_system_group",
    "system group list": "list_system_groups",
    "system group rename": "rename_system_group",
    "system list": "list_systems",
    "tarpit list": "list_blocked",
    "tarpit pardon": "pardon_client",
    "token add": "add_key",
    "token list": "list_keys",
    "token remove": "remove_key",
    "user add": "add_user",
    "user admin": "show_administration set_administration set_administrator",
    "user apop": "set_apop_secret remove_apop_secret",
    "user delete": "delete_user",
    "user disable": "change_user change_users",
    "user enable": "change_user change_users",
    "user forward": "add_forward remove_forward change_user",
    "user import": "import_users",
    "user list": "list_users",
    "user password": "set_password",
    "user rename": "rename_user",
    "user reply": "change_user",
    "user set": "change_user change_users",
    "user show": "show_user",
    "user test-message": "send_test_message show_test_message",
    "user totp off": "end_users_second_factor",
    "user unlock": "show_lock unlock",
    "virus disable": "switch_virus_check",
    "virus enable": "switch_virus_check",
    "virus status": "show_virus_scanners",
    "virus test": "try_virus_scanners",
    "virus update": "update_virus_definitions",
}
"""Operations that together do what a command does, by their names in OpenAPI."""


def commands() -> list[str]:
    """Return the words of every command."""
    spec = importlib.util.spec_from_file_location("docs", ROOT / "tools/cli_docs.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return [" ".join(words) for words in tool.commands(app)]


def test_every_command_has_its_routes_or_a_reason():
    known = [*ROUTES_OF, *OF_THE_MACHINE]

    assert sorted(known) == sorted(commands())
    assert all(OF_THE_MACHINE.values())


@pytest.mark.parametrize("command", ROUTES_OF)
def test_the_routes_are_there(command: str):
    assert set(ROUTES_OF[command].split()) - ROUTES == set()

"""The certificate of this computer, as mailmax.toml names it."""

import ssl

from mailmax.net import privileges, tls
from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.local import Paths


def context_of(paths: Paths) -> ssl.SSLContext:
    """Return the TLS context.

    A missing certificate is as bad as a spoiled one: users' programs would find ports
    that nobody serves, or send passwords in the clear.

    Raises:
        BadSettings: The certificate or its key is missing or cannot be used.
    """
    try:
        return tls.server_context(paths.certificate, paths.private_key)
    except PermissionError as error:
        who = privileges.own_entry().pw_name
        reason = f"{who} may not read {paths.certificate} and {paths.private_key}"
        cure = f"chown {who}: both"
        raise BadSettings(BadValue("certificate", reason, cure)) from error
    except OSError as error:  # ssl.SSLError is one
        reason = f"{paths.certificate} and {paths.private_key}: {error}"
        cure = "give a PEM chain and its unencrypted PEM key"
        raise BadSettings(BadValue("certificate", reason, cure)) from error

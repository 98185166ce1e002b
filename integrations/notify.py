"""Tells people: a webhook, Slack's incoming webhook, e-mail. Each raises an IntegrationError, whose text holds no address."""

from __future__ import annotations

import hmac
import json
import smtplib
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import requests
import urllib3

from integrations.address import checked_address
from integrations.errors import AuthRefused, ConfigWrong, Unavailable
from integrations.http_errors import connection_error, status_error
from integrations.http_session import bare_session

_TIMEOUT_S = (5.0, 15.0)  # to connect, to answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is told: a line, sentences below it, and the same for programs."""

    title: str
    lines: Sequence[str]
    link: str
    facts: Mapping[str, Any]

    def text(self) -> str:
        """For people."""
        return "\n".join([self.title, *(f"• {line}" for line in self.lines), *([self.link] if self.link else [])])


def webhook(notice: Notice, *, url: str, secret: str = "", allow_private: bool = False) -> None:
    """POST the facts as JSON. With a secret, X-Quayside-Signature is the hex HMAC-SHA256 of "timestamp.body" and X-Quayside-Timestamp its time.

    Raises: any IntegrationError.
    """
    body = json.dumps(
        {"title": notice.title, "lines": list(notice.lines), "link": notice.link, **notice.facts}, ensure_ascii=False
    ).encode()
    headers = {"Content-Type": "application/json"}
    if secret:
        at = str(int(time.time()))
        headers |= {
            "X-Quayside-Timestamp": at,
            "X-Quayside-Signature": hmac.digest(secret.encode(), f"{at}.".encode() + body, "sha256").hex(),
        }
    _post("The webhook", url, body, headers, allow_private)


def slack(notice: Notice, *, url: str, allow_private: bool = False) -> None:
    """POST to an incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). &, < and > are Slack's own signs.

    Raises: any IntegrationError.
    """
    text = notice.text().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    _post("Slack", url, json.dumps({"text": text}, ensure_ascii=False).encode(), {"Content-Type": "application/json"}, allow_private)


def _post(what: str, url: str, body: bytes, headers: Mapping[str, str], allow_private: bool) -> None:
    place, mark, query = url.partition("?")
    checked_address(place, allow_private=allow_private)
    with bare_session(allow_private) as session:
        try:
            answer = session.post(
                f"{place}{mark}{query}", data=body, headers=dict(headers), timeout=_TIMEOUT_S, allow_redirects=False, stream=True
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as error:
            raise connection_error(what, error) from None  # the texts of these hold the address, which is the secret
        answer.close()
    if 300 <= answer.status_code < 400:
        raise ConfigWrong(f"{what} sends us elsewhere ({answer.status_code}).", hint="Enter the address that it sends to.")
    if answer.status_code in (401, 403, 404, 410):
        raise ConfigWrong(
            f"{what} does not take messages at this address ({answer.status_code}).", hint="Enter the channel's address anew."
        )
    refused = status_error(what, answer.status_code, answer.headers)
    if refused is not None:
        raise refused


def email(
    notice: Notice, *, host: str, port: int, sender: str, to: Sequence[str], user: str = "", password: str = "", security: str = "starttls"
) -> None:
    """Send a mail through an SMTP server. `security` is starttls, tls or none.

    Raises: AuthRefused, ConfigWrong, Unavailable.
    """
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = f"[Quayside] {notice.title}", sender, ", ".join(to)
    mail.set_content("\n\n".join([*notice.lines, *([notice.link] if notice.link else [])]) or notice.title)
    context = ssl.create_default_context()
    try:
        with (
            smtplib.SMTP_SSL(host, port, timeout=15, context=context)
            if security == "tls"
            else smtplib.SMTP(host, port, timeout=15) as server
        ):
            if security == "starttls":
                server.starttls(context=context)
            if user:
                server.login(user, password)
            server.send_message(mail)
    except smtplib.SMTPAuthenticationError:
        raise AuthRefused("The mail server refused the user or the password.", hint="Enter them anew.") from None
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused):
        raise ConfigWrong("The mail server refused the sender or a recipient.", hint="Correct the addresses.") from None
    except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError):
        raise ConfigWrong(
            "The mail server does not offer what was chosen for security.", hint="Choose another, or mend its certificate."
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(f"The mail server did not take the message ({type(error).__name__}).", hint="Look at host and port.") from None

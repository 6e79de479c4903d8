"""Other channels by URL, against servers on loopback: what is sent, what a failure says, and that no secret is shown."""

import logging
import socketserver
import threading

import pytest

from opsflow.adapters.apprise import AppriseChannel
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.terms import PersonKey
from opsflow.ports import Message, Undeliverable
from tests.adapters.webside import web

SECRET = "s3cr3t-t0ken"


class Mailbox(socketserver.StreamRequestHandler):
    """As much SMTP as it takes to be handed a mail."""

    mails: list[str]

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.mails.append(b"".join(lines).decode())
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 ok\r\n")


def message(address: str, *, link: str | None = None) -> Message:
    return Message(
        PersonKey("lin"), address, "message/lin/1", "上线暂缓", "Please decide.\nToday.", urgent=False, link=link
    )


def test_a_url_is_told_title_body_and_link_and_its_variables_come_from_the_environment() -> None:
    with web() as server:
        channel = AppriseChannel({"TOKEN": SECRET})
        link = "https://ops.example.com/c/eleven"
        assert channel.send(message(f"json://user:${{TOKEN}}@127.0.0.1:{server.port}/", link=link)) == "message/lin/1"
    assert server.taken[0]["title"] == "上线暂缓"
    assert "Please decide.\nToday." in server.taken[0]["message"]
    assert link in server.taken[0]["message"]


def test_a_mail_arrives_with_its_subject() -> None:
    mails: list[str] = []
    handler = type("Box", (Mailbox,), {"mails": mails})
    with socketserver.TCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        port = server.server_address[1]
        url = f"mailto://127.0.0.1:{port}/?from=ops@example.com&to=lin@example.com&mode=insecure"
        AppriseChannel({}).send(message(url))
        server.shutdown()
    assert "To: lin@example.com" in mails[0]
    assert "Subject: " in mails[0]


@pytest.mark.parametrize("status", [400, 403, 500, 503])
def test_what_is_refused_is_a_port_failure_and_no_secret_is_shown(
    status: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with web(status) as server, pytest.raises(PortFailed, match=r"json://\.\.\. of lin") as failed:
        AppriseChannel({"TOKEN": SECRET}).send(message(f"json://user:${{TOKEN}}@127.0.0.1:{server.port}/{SECRET}"))
    assert not isinstance(failed.value, Undeliverable)
    said = caplog.text + "".join(capfd.readouterr()) + str(failed.value)
    assert SECRET not in said


def test_nobody_listening_is_a_port_failure() -> None:
    with pytest.raises(PortFailed, match="lin"):
        AppriseChannel({}).send(message("json://127.0.0.1:9/"))


@pytest.mark.parametrize(
    ("url", "why"), [("feishu://${FEISHU_TOKEN}", "FEISHU_TOKEN"), (f"nosuch://{SECRET}", "no URL that apprise knows")]
)
def test_a_url_that_can_never_work_sends_the_message_to_the_next_channel(url: str, why: str) -> None:
    with pytest.raises(Undeliverable, match=why) as failed:
        AppriseChannel({}).send(message(url))
    assert SECRET not in str(failed.value)


@pytest.mark.parametrize("scheme", ["feishu", "lark", "dingtalk", "wecombot"])
def test_the_chat_tools_of_chinese_teams_are_known(scheme: str) -> None:
    """Their hosts are fixed in apprise, so it is asked whether it takes the URL, and nothing is sent."""
    import apprise

    assert apprise.Apprise().add(f"{scheme}://{'a' * 36}")

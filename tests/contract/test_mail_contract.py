"""What every mail server promises: the double in memory, and the one over SMTP against a server on loopback."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from opsflow.adapters.mail.memory import MemoryMail
from opsflow.adapters.mail.smtp import SmtpMail, message_id
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, PortFailed
from opsflow.kernel.mailing import Doubtful, Mail, MailOutcome, NoSuchAddress, NotNow, Taken, mail_server
from opsflow.ports import LetterBox
from tests.contract.postoffice import PostOffice, serving

SECRET = "correct horse"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with serving(PostOffice()) as found:
        yield found


def over_smtp(office: PostOffice, clock: VirtualClock) -> SmtpMail:
    return SmtpMail(mail_server(office.url), clock, patience=timedelta(seconds=0.2))


@pytest.fixture(params=["memory", "smtp"])
def box(request: pytest.FixtureRequest, clock: VirtualClock) -> LetterBox:
    return MemoryMail(clock) if request.param == "memory" else over_smtp(request.getfixturevalue("office"), clock)


def mail(number: int = 1, **changes: str) -> Mail:
    return replace(
        Mail(f"c/{number}/survey", f"user{number}@example.com", f"问卷 {number}", "您好\n.\nhello"), **changes
    )


def later(clock: VirtualClock) -> datetime:
    return clock.now() + timedelta(minutes=1)


def tell(box: LetterBox, office: PostOffice, one: Mail, fault: str, in_memory: str) -> None:
    """Have it do that with the next letter of this key."""
    if isinstance(box, MemoryMail):
        box.faults = lambda each: in_memory if each.key == one.key else "ok"
    else:
        office.faults[one.to] = [fault]


def took(box: LetterBox, office: PostOffice) -> list[str]:
    """To whom it took letters."""
    return [each.to for each in box.taken] if isinstance(box, MemoryMail) else [to for to, _ in office.taken]


def test_letters_are_taken_in_their_order_on_one_connection(
    box: LetterBox, office: PostOffice, clock: VirtualClock
) -> None:
    mails = [mail(number) for number in range(5)]
    box.check()
    assert box.send(mails, until=later(clock)) == {each.key: Taken() for each in mails}
    assert took(box, office) == [each.to for each in mails]
    assert office.sessions in (0, 2)


def test_after_its_time_nothing_is_begun(box: LetterBox, office: PostOffice, clock: VirtualClock) -> None:
    assert box.send([mail()], until=clock.now()) == {}
    assert took(box, office) == []


@pytest.mark.parametrize(
    ("fault", "in_memory", "outcome"), [("550", "unknown", NoSuchAddress), ("450", "busy", NotNow)]
)
def test_one_address_that_fails_holds_up_nobody(
    box: LetterBox, office: PostOffice, clock: VirtualClock, fault: str, in_memory: str, outcome: type
) -> None:
    tell(box, office, mail(2), fault, in_memory)
    told = box.send([mail(1), mail(2), mail(3)], until=later(clock))
    assert [type(told[mail(number).key]) for number in (1, 2, 3)] == [Taken, outcome, Taken]
    assert took(box, office) == [mail(1).to, mail(3).to]
    assert "user2" not in repr(told), "what the server quotes is not kept"


def test_a_letter_without_an_answer_is_in_doubt_and_those_behind_it_were_not_tried(
    box: LetterBox, office: PostOffice, clock: VirtualClock
) -> None:
    tell(box, office, mail(2), "drop", "drop")
    told = box.send([mail(1), mail(2), mail(3)], until=later(clock))
    assert {key: type(each) for key, each in told.items()} == {mail(1).key: Taken, mail(2).key: Doubtful}
    assert took(box, office) == [mail(1).to, mail(2).to]
    if isinstance(box, MemoryMail):
        box.faults = lambda _: "ok"
    assert set(box.send([mail(2), mail(3)], until=later(clock)).values()) == {Taken()}


@pytest.mark.parametrize(
    "to",
    [
        "a@example.com\r\nBcc: all@example.com",
        "a@example.com>, <b@example.com",
        "a@example.com, b@example.com",
        "Name <a@example.com>",
        "no-address",
        "",
        "a b@example.com",
        "a\x00@example.com",
    ],
)
def test_what_is_no_address_never_reaches_a_server(
    box: LetterBox, office: PostOffice, clock: VirtualClock, to: str
) -> None:
    told = box.send([mail(1, to=to), mail(2)], until=later(clock))
    assert [type(each) for each in told.values()] == [NoSuchAddress, Taken]
    assert not any(b"Bcc" in line or b"all@" in line for line in office.lines)


def test_who_is_down_takes_nothing_and_says_so(clock: VirtualClock) -> None:
    with serving(PostOffice()) as gone:
        pass
    down = MemoryMail(clock)
    down.down = True
    for box in (down, over_smtp(gone, clock)):
        with pytest.raises(PortFailed, match="does not let us in"):
            box.check()
        with pytest.raises(PortFailed, match="does not let us in"):
            box.send([mail()], until=later(clock))


@pytest.mark.parametrize(
    ("fault", "outcome", "taken", "goes_on"),
    [
        ("550 policy", NotNow("the server does not take it now (550)"), 0, True),
        ("354", NotNow("the server does not take it now (451)"), 0, True),
        ("554", NotNow("the server does not take it now (554)"), 0, True),
        ("421", NotNow("the server does not take it now (421)"), 0, False),
        ("early", NotNow("the connection broke: SMTPServerDisconnected"), 0, False),
        ("slow", Doubtful("the connection broke while the letter was on its way: SMTPServerDisconnected"), 1, False),
    ],
)
def test_what_each_answer_means(
    office: PostOffice, clock: VirtualClock, fault: str, outcome: MailOutcome, taken: int, goes_on: bool
) -> None:
    office.faults[mail(1).to] = [fault]
    told = over_smtp(office, clock).send([mail(1), mail(2)], until=later(clock))
    assert told[mail(1).key] == outcome
    assert (mail(2).key in told) is goes_on
    assert [to for to, _ in office.taken].count(mail(1).to) == taken


def test_a_server_that_does_not_know_us_blames_no_address(office: PostOffice, clock: VirtualClock) -> None:
    office.refuses = "sender"
    told = over_smtp(office, clock).send([mail(1), mail(2)], until=later(clock))
    assert told == {mail(1).key: NotNow("the server takes nothing from us (550)")}
    office.refuses = "greeting"
    with pytest.raises(PortFailed, match=r"\(554\)"):
        over_smtp(office, clock).send([mail(1), mail(2)], until=later(clock))


def test_a_letter_says_the_same_of_itself_each_time_and_has_one_recipient(
    office: PostOffice, clock: VirtualClock
) -> None:
    box, server = over_smtp(office, clock), mail_server(office.url)
    nasty = mail(1, subject="Hello A\r\nBcc: all@example.com\x00, how was it?")
    for _ in range(2):
        box.send([nasty], until=later(clock))
    (_, first), (_, second) = office.taken
    assert first["Message-ID"] == second["Message-ID"] == message_id(server, nasty.key)
    assert "user1" not in first["Message-ID"]
    assert message_id(server, mail(2).key) != message_id(server, mail(1).key)
    assert (first["To"], first["Bcc"]) == ("user1@example.com", None)
    assert first["Subject"] == "Hello A Bcc: all@example.com, how was it?"
    assert first["From"] == "Campaigns <campaigns@example.com>"
    assert first.get_content().splitlines() == ["您好", ".", "hello"]


def test_we_log_in_where_a_password_is_given_and_never_in_the_clear(office: PostOffice, clock: VirtualClock) -> None:
    server = replace(mail_server(office.url), user="ops", password=SECRET)
    office.login = base64.b64encode(f"\0ops\0{SECRET}".encode()).decode()
    SmtpMail(server, clock).check()
    with pytest.raises(PortFailed, match=r"SMTPAuthenticationError \(535\)") as refused:
        SmtpMail(replace(server, password=f"{SECRET}?"), clock).check()
    assert SECRET not in f"{refused.value}{server!r}"
    office.lines.clear()
    with pytest.raises(PortFailed, match="SMTPNotSupportedError"):  # it offers no TLS
        SmtpMail(replace(server, tls="starttls"), clock).check()
    assert not any(b"AUTH" in line for line in office.lines)


@pytest.mark.parametrize(
    ("url", "tls", "port"),
    [
        ("smtp://ops:p%40ss@mail.example.com?from=a@example.com", "starttls", 587),
        ("smtps://ops:p%40ss@mail.example.com?from=a@example.com", "at once", 465),
        ("smtp://mail.example.com:25?from=a@example.com&tls=none", "none", 25),
    ],
)
def test_a_server_is_named_by_its_address(url: str, tls: str, port: int) -> None:
    found = mail_server(url)
    assert (found.host, found.port, found.tls, found.sender) == ("mail.example.com", port, tls, "a@example.com")
    assert (found.user, found.password) == (("ops", "p@ss") if "@mail" in url else ("", ""))


@pytest.mark.parametrize(
    "url",
    [
        f"http://ops:{SECRET}@mail.example.com?from=a@example.com",
        f"smtp://ops:{SECRET}@mail.example.com",
        f"smtp://ops:{SECRET}@mail.example.com?from=a",
        f"smtp://ops:{SECRET}@mail.example.com?from=a@example.com&form=b",
        f"smtp://ops:{SECRET}@mail.example.com?from=a@example.com%0D%0ABcc:b@example.com",
        f"smtp://ops:{SECRET}@mail.example.com:99999?from=a@example.com",
        f"smtp://ops:{SECRET}@mail.example.com:25?from=a@example.com&tls=none",
        f"smtp://ops:{SECRET}@[::1?from=a@example.com",
        SECRET,
    ],
)
def test_an_address_that_names_none_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(BadInput) as refused:
        mail_server(url)
    assert SECRET not in str(refused.value)

"""What the doctor says of mail: whether a server is named, and lets us in; never its password."""

from pydantic import SecretStr

from opsflow.doctor.finding import State
from opsflow.doctor.mail import look
from opsflow.settings import Settings
from tests.contract.postoffice import PostOffice, serving


def test_a_server_that_lets_us_in_is_well_and_one_that_is_gone_is_wrong_and_none_is_a_note() -> None:
    with serving(PostOffice()) as office:
        settings = Settings(mail_url=SecretStr(office.url))
        assert [finding.state for finding in look(settings)] == [State.OK]
        office.refuses = "greeting"
        assert [finding.state for finding in look(settings)] == [State.WRONG]
    (finding,) = look(Settings(mail_url=SecretStr("smtp://ops:s3cret@127.0.0.1:9?from=a@example.com")))
    assert finding.state is State.WRONG
    assert "127.0.0.1:9 does not let us in: ConnectionRefusedError" in finding.text
    assert "s3cret" not in finding.text + finding.cure
    assert [finding.state for finding in look(Settings())] == [State.NOTE]

"""The settings of the program: every key, its type, its default and what it means.

The same words stand in the TOML file, in `CC_` environment variables (`CC_WEB__PORT=8080`) and as names of
secret files (`pbx__main__secret` in the directory named by `CC_SECRETS_DIR` or systemd's `CREDENTIALS_DIRECTORY`).
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

Port = Annotated[int, Field(ge=1, le=65535)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
Duration = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=1))]
Minutes = Annotated[float, Field(gt=0, le=100_000)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Web(_Section):
    """Where people's browsers connect."""

    host: str = "127.0.0.1"
    port: Port = 8080
    base_url: str = ""
    """The address people type, for links in mails and cookies; empty: http://host:port."""
    session_hours: Annotated[int, Field(ge=1, le=24 * 30)] = 12
    trusted_proxies: tuple[str, ...] = ()
    api_requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 600
    """Of one token (or one browser) to one node; the next ones are answered 429 with `Retry-After`."""

    @field_validator("base_url")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @property
    def address(self) -> str:
        """The address people type."""
        return self.base_url or f"http://{self.host}:{self.port}"


class Database(_Section):
    """`sqlite:///path` (embedded, one node) or `postgresql://user:password@host/name` (several nodes)."""

    url: SecretStr = SecretStr("sqlite:///var/callcenter.sqlite3")

    @field_validator("url")
    @classmethod
    def _known(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return value


class Redis(_Section):
    """Needed only for several web processes; empty: messages stay in the process."""

    url: SecretStr = SecretStr("")

    @field_validator("url")
    @classmethod
    def _known(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not value.get_secret_value().startswith(
            ("redis://", "rediss://", "unix://")
        ):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value


class Pbx(_Section):
    """One Asterisk and our account on its manager interface (AMI)."""

    host: str
    port: Port = 5038
    username: str
    secret: SecretStr
    tls: bool = False
    tls_ca: Path | None = None
    """Certificates (PEM) that vouch for this PBX's own; none: those the machine trusts."""
    trunk_contexts: Annotated[tuple[str, ...], Field(min_length=1)] = ("from-trunk",)
    """Contexts in which calls from outside enter; FreePBX: from-pstn."""
    trunk_endpoints: tuple[str, ...] = ()
    """Devices of carriers (`PJSIP/trunk`), where their channels change context before we see them."""
    cel_file: Path | None = None
    """Asterisk's own records (JSON lines, `asterisk-sample/`), to find calls that came while the link was down."""
    cdr_file: Path | None = None
    hint_context: str = "internal"
    """Context with the phones' hints (FreePBX: ext-local), to ask whether an executor's phone is free; empty: never."""
    journal_dir: Path | None = None
    """Where raw AMI events are kept for replay and bug reports; none: not kept."""


class Agi(_Section):
    """Where Asterisk asks whether the hotline is open (FastAGI)."""

    host: str = "127.0.0.1"
    port: Port = 4573
    enabled: bool = True


class HotlineNumber(_Section):
    """One advertised hotline: its name and the numbers it is reached by, in any usual form."""

    name: str
    dids: Annotated[tuple[str, ...], Field(min_length=1)]


class Calendar(_Section):
    """Business hours. Regulation: 1.3."""

    zone: str = "Europe/Moscow"
    hours: dict[str, str] = Field(default_factory=lambda: {"mon-fri": "9:00-18:00"})
    """Weekdays or ranges of them to hours; the end is not included, 24:00 is the end of the day."""
    holidays: Literal["RU", "none"] = "RU"
    short_days: bool = False
    overrides_file: Path | None = None
    always_open: bool = False

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("is not a known time zone")
        ZoneInfo(value)
        return value


class Drafts(_Section):
    """How calls become drafts. Regulation: 2.1."""

    join_window: timedelta = timedelta(hours=4)
    """A further call of the same number within this time joins its open draft (ISO 8601: PT4H)."""

    @field_validator("join_window")
    @classmethod
    def _not_negative(cls, value: timedelta) -> timedelta:
        if value < timedelta(0):
            raise ValueError("must not be negative")
        return value


class RemoteTool(_Section):
    """A program for remote administration; `{id}` in the link is the client's workplace. Regulation: 2.8."""

    name: str
    url: str

    @field_validator("url")
    @classmethod
    def _opens_a_program(cls, value: str) -> str:
        scheme, colon, rest = value.partition(":")
        if not (colon and scheme.isascii() and scheme.replace("-", "").isalnum() and "{id}" in rest):
            raise ValueError("must look like anydesk:{id}")
        if scheme.lower() in {"javascript", "data", "vbscript", "file", "blob"}:
            raise ValueError("must open a program, not a script or a file")
        return value


class Desk(_Section):
    """How the help desk works. Regulation: 2.4-2.8."""

    auto_assign: bool = True
    """At 4:30 of the five minutes the proposal is carried out, when an eligible executor is on shift."""
    mail_warnings: bool = False
    vendor_hours: Annotated[float, Field(gt=0, le=1000)] = 8
    """Business hours the software's developer has for his answer."""
    close_after_days: Annotated[int, Field(ge=0, le=60)] = 3
    """Working days after which a resolved ticket nobody objected to is closed; 0: never."""
    remote_tools: dict[Name, RemoteTool] = Field(default_factory=dict)
    """Programs for remote administration; none named here: AnyDesk, RustDesk, «Ассистент», RuDesktop."""


class Targets(_Section):
    """Business minutes each step may take. Regulation: 2.3, 2.4, 2.7, 2.8."""

    place: Minutes = 3
    assign: Minutes = 5
    reference: Minutes = 30
    outage: Minutes = 60
    vendor: Minutes = 30


class Mail(_Section):
    """The mail server for letters to clients; empty `host`: letters are written to files instead."""

    host: str = ""
    port: Port = 587
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    user: str = ""
    secret: SecretStr = SecretStr("")
    sender: str = "hotline@localhost"
    files_dir: Path = Path("var/mail")


class Public(_Section):
    """Public forms and status pages. The key signs their addresses: keep it, and share it among nodes."""

    key_file: Path = Path("var/public.key")
    attachments_dir: Path = Path("var/attachments")


ClientSide = Literal["wrong_number", "busy", "declined", "unreachable", "trunk_failed"]
"""What the far end's answer to a call may mean."""


class MissedCalls(_Section):
    """Callbacks that a rule asks for by itself: who called and was not answered is called back. Regulation: 2.9."""

    enabled: bool = False
    outcomes: frozenset[
        Literal["abandoned", "queue_timeout", "queue_empty", "queue_full", "outside_hours"]
    ] = frozenset({"abandoned", "queue_timeout", "queue_empty", "queue_full", "outside_hours"})
    """How the call was missed; the other ends are left to people."""
    shortest_wait: Duration = timedelta(seconds=10)
    """Who hung up sooner is not called back."""
    delay: Duration = timedelta(minutes=2)
    """From the end of the missed call: he may call again himself."""
    oldest_hours: Annotated[int, Field(ge=1, le=24 * 14)] = 72
    """An older missed call is left to people, also when nobody was on shift until then."""
    executors: tuple[str, ...] = ()
    """Logins of those who call back; empty: executors, by the moderators' own proposal."""


class Dialer(_Section):
    """Callbacks: how clients are called, and how often. Regulation: 2.9. Durations are ISO 8601 (PT30M)."""

    enabled: bool = True
    """False: this node places no calls; others may."""
    attempts: Annotated[int, Field(ge=1, le=9)] = 3
    """Counted attempts until the ticket is cancelled as unreachable."""
    gap: Duration = timedelta(minutes=30)
    """From the end of a counted attempt to the next one."""
    executor_ring: Duration = timedelta(seconds=30)
    client_ring: Duration = timedelta(seconds=45)
    """As the dialplan has it; a call is only begun when both rings fit before closing."""
    retry_first: Duration = timedelta(minutes=2)
    retry_longest: Duration = timedelta(minutes=30)
    """What our side spoilt is repeated after the first, doubling up to the longest."""
    ask_after: Annotated[int, Field(ge=1, le=100)] = 10
    """So many uncounted attempts in a row ask a person."""
    snooze: Duration = timedelta(minutes=10)
    concurrent: Annotated[int, Field(ge=1, le=1000)] = 10
    per_second: Annotated[int, Field(ge=1, le=100)] = 2
    per_number_a_day: Annotated[int, Field(ge=1, le=20)] = 3
    minutes_a_day: Annotated[int, Field(ge=1)] = 1200
    counted: frozenset[Literal["no_answer", "busy", "declined", "unreachable", "answering_machine"]] = (
        frozenset({"no_answer", "busy", "declined", "unreachable", "answering_machine"})
    )
    """What counts against the client; the others are repeated by the back-off. What our side spoilt never counts."""
    unknown_retry: Duration = timedelta(minutes=30)
    """An attempt Asterisk's records do not tell of is repeated after this."""
    sip_codes: dict[Annotated[str, Field(pattern=r"^[456][0-9]{2}$")], ClientSide] = Field(
        default_factory=dict
    )
    """What a carrier's own SIP answers mean, where they differ from the built-in table: `{"480": "trunk_failed"}`."""
    hangup_causes: dict[Annotated[str, Field(pattern=r"^[0-9]{1,3}$")], ClientSide] = Field(
        default_factory=dict
    )
    """The same for Q.850 causes, asked where no SIP answer is known."""
    breaker_failures: Annotated[int, Field(ge=1, le=1000)] = 5
    breaker_first: Duration = timedelta(minutes=5)
    breaker_longest: Duration = timedelta(hours=1)
    client_first: tuple[str, ...] = ()
    """Logins of executors whose clients are rung before them (`*`: all); who answers hears an announcement first."""
    machine_detection: bool = False
    """Asterisk listens (AMD) whether a machine answered: for up to 4 s the client hears nothing."""
    clock_jump: Duration = timedelta(minutes=1)
    """A clock that jumped further stops the dialer until a person lets it go on."""
    longest_silence: Duration = timedelta(days=1)
    """A dialer that has not run for longer begins stopped when callbacks are due: the database may be an old copy."""
    denied_prefixes: tuple[Annotated[str, Field(pattern=r"^7[0-9]{0,10}$")], ...] = ()
    """Numbers that begin so (`7916555`) are not dialled either; they are denied before the built-in table."""
    missed_calls: MissedCalls = MissedCalls()

    @model_validator(mode="after")
    def _in_order(self) -> "Dialer":
        if self.retry_longest < self.retry_first:
            raise ValueError("retry_longest must not be shorter than retry_first")
        if self.breaker_longest < self.breaker_first:
            raise ValueError("breaker_longest must not be shorter than breaker_first")
        return self


class Statistics(_Section):
    """Thresholds of the figures. They apply when figures are read: a change needs no recount. Regulation: 3.1."""

    answer_within: Annotated[int, Field(ge=1, le=3600)] = 20
    """Seconds of the service level."""
    level: Annotated[int, Field(ge=1, le=100)] = 80
    """The service level wanted, percent."""
    short_abandon: Annotated[int, Field(ge=0, le=60)] = 5
    """Callers who hang up sooner, in seconds, are counted apart."""


Days = Annotated[int, Field(ge=0, le=36_500)]


class Retention(_Section):
    """Days after which personal words and numbers go at night; 0: they stay until their client is forgotten."""

    files_days: Days = 365
    """Attachments, after the end of their ticket."""
    letters_days: Days = 365
    """Address and text of a letter that was delivered or refused; that it was sent stays."""
    strangers_days: Days = 1095
    """Names, numbers and words of tickets that belong to no known client, after their end."""
    senders_days: Days = 30
    """The network key of who sent a public form."""
    sign_ins_days: Days = 30
    """Sessions and one-time links that have ended."""


class Log(_Section):
    """Structured logs on standard error; telephone numbers are masked."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"
    """auto: console on a terminal, JSON elsewhere."""


class Settings(_Section):
    """The whole configuration."""

    web: Web = Web()
    database: Database = Database()
    redis: Redis = Redis()
    pbx: dict[Name, Pbx] = Field(default_factory=dict)
    agi: Agi = Agi()
    hotline: dict[Name, HotlineNumber] = Field(
        default_factory=lambda: {"main": HotlineNumber(name="Горячая линия", dids=("88005550640",))}
    )
    calendar: Calendar = Calendar()
    drafts: Drafts = Drafts()
    desk: Desk = Desk()
    targets: Targets = Targets()
    mail: Mail = Mail()
    public: Public = Public()
    dialer: Dialer = Dialer()
    statistics: Statistics = Statistics()
    retention: Retention = Retention()
    log: Log = Log()
    node: str = ""
    """This process's name among several; empty: host name and process id."""

    @model_validator(mode="after")
    def _numbers_once(self) -> "Settings":
        seen: dict[str, str] = {}
        for name, hotline in self.hotline.items():
            for did in hotline.dids:
                digits = "".join(filter(str.isdigit, did))[-10:]
                if digits in seen:
                    raise ValueError(
                        f"the number {did} stands in both hotline.{seen[digits]} and hotline.{name}"
                    )
                seen[digits] = name
        return self

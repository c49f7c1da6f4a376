"""A seeded generator of Russian requests to a software hotline: forms of words, typing errors, courtesy, noise.

Each text carries the label of the question it was made from, None for one that asks something of its own.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from callcenter.domain.question_words import RequestText

QUESTIONS: dict[str, tuple[str, ...]] = {
    "report_does_not_open": (
        "не открывается отчет {p}",
        "не могу открыть отчёт {p}",
        "при открытии отчета программа {p} закрывается",
        "отчеты перестали открываться {p}",
        "отчет не открылся, хотя раньше открывался",
    ),
    "signature_expired": (
        "истек срок действия электронной подписи",
        "истекла эцп, как продлить",
        "нужно продление электронной подписи, срок истекает",
        "продлить кэп, подпись истекла",
        "закончился срок эцп, требуется продлить подпись",
    ),
    "password_forgotten": (
        "забыли пароль от личного кабинета",
        "не могу восстановить пароль для личного кабинета",
        "восстановление пароля в личный кабинет",
        "пароль в лк не подходит, восстановите",
        "как восстановить забытый пароль от лк",
    ),
    "update_fails": (
        "не устанавливается обновление {p}",
        "ошибка при установке обновления",
        "обновление {p} не установилось",
        "после обновления программа не запускается, обновление установилось с ошибкой",
        "как установить обновление {p}",
    ),
    "month_closing": (
        "ошибка при закрытии месяца",
        "не закрывается месяц, 20 счет",
        "закрытие месяца не проходит",
        "не могу закрыть месяц в бухгалтерии, пишет об ошибке",
    ),
    "label_printing": (
        "не печатаются этикетки",
        "принтер этикеток не печатает",
        "печать этикеток со сдвигом на принтере",
        "при печати этикетки пустые",
        "как настроить печать этикетки на принтер",
    ),
    "cash_register_offline": (
        "касса не пробивает чеки",
        "чек на кассе не пробивается",
        "онлайн-касса перестала пробивать чек",
        "не пробился чек, касса выдает ошибку 12",
        "ккт не пробивает чеки с утра",
    ),
    "bank_export": (
        "не выгружаются платежки в банк клиент",
        "выгрузка платежных поручений в клиент-банк",
        "как выгрузить платежное поручение для клиент банка",
        "платежки не выгружаются в файл для банка",
    ),
    "user_added": (
        "как добавить нового пользователя",
        "нужно добавить пользователя и выдать права",
        "добавление пользователей с правами кассира",
        "создать пользователя, добавить права доступа",
    ),
    "salary_sheet": (
        "неверно рассчитан ндфл в зарплате",
        "как пересчитать ндфл с зарплаты",
        "расчет зарплаты: ндфл считается неправильно",
        "неправильный ндфл при расчёте зарплаты сотрудникам",
    ),
    "token_not_seen": (
        "компьютер не видит рутокен",
        "рутокен не определяется на компьютере",
        "драйвер рутокена не видит носитель",
        "не определяется rutoken, носитель не видно",
    ),
    "slow_program": (
        "очень медленно работает программа {p}",
        "{p} тормозит и зависает",
        "программа медленно открывает документы, тормозит",
        "база {p} стала тормозить, всё медленно",
    ),
    "licence_buying": (
        "хотим приобрести лицензию на {p}",
        "сколько стоит лицензия {p}",
        "приобретение дополнительной лицензии",
        "выставите счет на лицензию, стоимость лицензии на 5 мест",
    ),
    "invoice_import": (
        "не загружаются накладные от поставщика",
        "загрузка накладной поставщика выдает ошибку",
        "накладная поставщика не загрузилась",
        "как загрузить накладные поставщиков из excel",
    ),
    "egais_residue": (
        "остатки в егаис не сходятся",
        "не обновляются остатки егаис",
        "расхождение остатков в егаис",
        "запросить остатки егаис, остатки неверные",
    ),
    "marking_scan": (
        "не сканируется код маркировки",
        "сканер не читает код маркировки",
        "код маркировки не считывается сканером",
        "ошибка кода маркировки при сканировании, честный знак",
    ),
    "backup": (
        "как сделать резервную копию базы",
        "не создается резервная копия",
        "восстановить базу из резервной копии",
        "резервное копирование базы не выполняется",
    ),
    "certificate_browser": (
        "сертификат не виден в браузере",
        "браузер не видит сертификат",
        "установка сертификата в браузер",
        "как установить сертификат для браузера",
    ),
    "declaration_rejected": (
        "пришел отказ по декларации ндс",
        "декларация по ндс отклонена, отказ налоговой",
        "отказ в приеме декларации ндс",
        "отказали в приёме декларации по ндс, что исправить",
    ),
    "discount_cards": (
        "не применяется скидка по карте",
        "скидка на карту не работает",
        "дисконтная карта не дает скидку",
        "настройка скидок по дисконтным картам",
    ),
    "inventory": (
        "как провести инвентаризацию на складе",
        "инвентаризация склада не проводится",
        "ошибка в документе инвентаризации склада",
        "результаты инвентаризации склада не сохраняются",
    ),
    "edo_invitation": (
        "не приходит приглашение эдо от контрагента",
        "как принять приглашение контрагента в эдо",
        "отправить приглашение к эдо контрагенту",
        "приглашение в эдо контрагентом не принято",
    ),
    "remote_desktop": (
        "не подключается удаленный рабочий стол",
        "нет подключения к удаленному рабочему столу",
        "удаленный рабочий стол выбрасывает при подключении",
        "как подключиться к удалённому рабочему столу",
    ),
    "employee_dismissal": (
        "как оформить увольнение сотрудника",
        "оформление увольнения, компенсация отпуска",
        "увольнение сотрудника: компенсация за отпуск не считается",
        "оформить увольнение с компенсацией отпуска",
    ),
    "prices_change": (
        "как изменить цены номенклатуры",
        "установка цен номенклатуры не проводится",
        "массово изменить цену у номенклатуры",
        "цены номенклатуры не меняются после изменения",
    ),
}
PRODUCTS = ("в 1С:Бухгалтерии", "в 1с", "в СБИС", "в ЗУП", "в Управлении торговлей", "", "", "")
GREETINGS = (
    "Здравствуйте!",
    "Добрый день.",
    "Доброе утро!",
    "",
    "",
    "Приветствую, коллеги!",
    "Уважаемая поддержка!",
)
ENDINGS = (
    "Подскажите, пожалуйста.",
    "Помогите решить вопрос срочно!",
    "Заранее спасибо.",
    "Прошу перезвонить по номеру 8 (916) 123-45-67.",
    "ИНН 7701234567.",
    "\nС уважением, Иванова Мария, главный бухгалтер ООО «Ромашка»",
    "",
    "",
    "",
)
DETAILS = (
    "Началось вчера.",
    "На втором компьютере то же самое.",
    "Перезагрузка не помогла.",
    "У меня Windows 10.",
    "",
    "",
    "",
    "",
    "",
)
OWN = (
    "печенье подгорает на обложке каталога",
    "хотим брендированные календари",
    "кот наступил на клавиатуру",
    "когда у вас корпоратив",
    "ищем подрядчика на ремонт кровли",
    "спасибо менеджеру за чуткость",
    "алло слышно меня",
    "ошиблись номером хотели поликлинику",
    "предлагаем вывоз макулатуры",
    "где припарковаться у офиса",
)
_OWN_WORDS = sorted({word for text in OWN for word in text.split()})
LETTERS = "абвгдежзийклмнопрстуфхцчшщыьэюя"


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """A text and the question it was made from."""

    request: RequestText
    label: str | None


def generated(count: int, *, seed: int, typos: float = 0.06, own: float = 0.08) -> Iterator[Labelled]:
    """That many texts; `typos` is the share of words with an error, `own` the share of texts without a question."""
    chance = random.Random(seed)
    labels = list(QUESTIONS)
    weights = [1 / (place + 2) for place in range(len(labels))]
    for number in range(1, count + 1):
        label = None if chance.random() < own else chance.choices(labels, weights)[0]
        if label is None:
            said = " ".join([*chance.sample(_OWN_WORDS, 3), _salad(chance)])
        else:
            said = chance.choice(QUESTIONS[label]).format(p=chance.choice(PRODUCTS))
        said = _misspelt(" ".join(said.split()), chance, typos)
        subject = said if chance.random() < 0.3 else ""
        body = (
            chance.choice(QUESTIONS[label]).format(p="")
            if subject and label and chance.random() < 0.5
            else said
        )
        text = " ".join(
            (chance.choice(GREETINGS), _cased(body, chance), chance.choice(DETAILS), chance.choice(ENDINGS))
        )
        yield Labelled(request=RequestText(ticket_id=number, subject=subject, text=text), label=label)


def _salad(chance: random.Random) -> str:
    return "".join(chance.choice(LETTERS) for _ in range(chance.randint(5, 9)))


def _cased(text: str, chance: random.Random) -> str:
    return text.upper() if chance.random() < 0.05 else text[:1].upper() + text[1:]


def _misspelt(text: str, chance: random.Random, share: float) -> str:
    return " ".join(
        _with_error(word, chance) if len(word) > 4 and chance.random() < share else word
        for word in text.split()
    )


def _with_error(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:
        return word[:at] + chance.choice(LETTERS) + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def agreement(ours: Sequence[object], truth: Sequence[object]) -> float:
    """Adjusted Rand index of two partitions: 1 for equal ones, about 0 for chance.

    Source: L. Hubert, P. Arabie, "Comparing Partitions", Journal of Classification 2 (1985), 193-218.
    """

    def couples(counts: Counter[object]) -> int:
        return sum(count * (count - 1) // 2 for count in counts.values())

    both = couples(Counter(zip(ours, truth, strict=True)))
    left, right = couples(Counter(ours)), couples(Counter(truth))
    every = len(ours) * (len(ours) - 1) // 2
    expected = left * right / every
    highest = (left + right) / 2
    return (both - expected) / (highest - expected)

"""The rules by which facts are found: patterns of plain statements in English and Spanish."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tertulia.models.offline.words import table

LONGEST: Final = 60
"""Characters of what a statement says of its subject, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A pattern, and what a sentence that holds it tells.

    `subject` and `statement` are filled with the pattern's groups; those that it `needs` may not be
    empty. Where `jobs` is set, the slot holds only for words that name an occupation.
    """

    pattern: re.Pattern[str]
    statement: str
    needs: tuple[str, ...]
    slot: str | None
    subject: str
    jobs: bool

    def slot_of(self, groups: Mapping[str, str]) -> str | None:
        """The slot of what was found."""
        return self.slot if not self.jobs or _is_job(groups["what"]) else None


_TRULY = (
    r"(?:(?:really|also|just|still|truly|always|now|currently|actually|do|absolutely|recently|"
    r"mostly|originally) )*"
)
_I = r"(?<![\w'])i "
_IM = r"(?<![\w'])(?:i'?m|i am) "
_IVE = r"(?<![\w'])i(?:'ve| have)? "
_END = r"(?=\s*(?:[.,;:!?()\u2026\u2014\u2013\n]|$))"
_STOP = (
    r"(?=\s*(?:[.,;:!?()\u2026\u2014\u2013\n]|$|\s(?:and|but|because|with|since|for|now|when|while|"
    r"who|which|where|so|as|though|although|before|after|until|these|right|at the moment|any ?more|"
    r"these days|last \w+|yesterday|today|please|y|pero|con|porque|desde|que|cuando|ahora|donde|"
    r"aunque)\b))"
)
_WHAT = rf"(?P<what>[^\s.,;:!?()\"][^.,;:!?()\"\n]{{0,{LONGEST}}}?){_STOP}"
_PROPER = r"(?-i:[A-ZÀ-ÖØ-Þ])[\w'-]*"
_BEFORE_A_PLACE = (
    r"(?:(?:the|of|city|town|village|suburbs|outskirts|cent(?:er|re)|downtown|central|north|south|"
    r"east|west|northern|southern|eastern|western|old|greater|upstate|el|la|los|las|ciudad|de) )"
)
_PLACE = (
    rf"(?P<what>{_BEFORE_A_PLACE}{{0,5}}{_PROPER}"
    rf"(?:(?: (?:de|del|la|las|los|of|the)){{0,2}} {_PROPER}){{0,4}})"
)
_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    "sep(?:t|tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_DATED = rf"(?=[^.,;:!?\n]{{0,30}}?(?:\d|\b(?:{_MONTHS})\b))"
_CALLED = rf"(?P<what>{_PROPER}(?: {_PROPER}){{0,3}})"
_RELATIONS = (
    "(?:older |younger |big |little |twin |best |step ?|ex-?|great |grand ?)*"
    "(?:mother|mom|mum|father|dad|parents?|sister|brother|son|daughter|wife|husband|partner|"
    "girlfriend|boyfriend|fianc[eé]e?|friend|cousin|uncle|aunt|nephew|niece|baby|child|kid|"
    "grandma|grandpa|boss|teacher|neighbou?r|colleague|roommate|flatmate)"
)
_PETS = (
    "(?:dog|cat|parrot|hamster|rabbit|horse|pony|turtle|tortoise|goldfish|fish|bird|canary|snake|"
    "puppy|kitten|guinea pig|pet|cow|goat|chicken)"
)
_THINGS = f"(?:{_RELATIONS}|{_PETS})"
_RELACIONES = (
    "(?:madre|mam[aá]|padre|pap[aá]|hermana|hermano|hijo|hija|esposa|esposo|marido|mujer|novia|"
    "novio|pareja|amiga|amigo|prima|primo|t[ií]a|t[ií]o|abuela|abuelo|perro|perra|gato|gata|jefe|"
    "jefa)"
)
_THING = rf"(?P<thing>{_THINGS})"
_COSA = rf"(?P<thing>{_RELACIONES})"


def _rule(
    pattern: str,
    statement: str,
    *,
    slot: str | None = None,
    subject: str = "{speaker}",
    jobs: bool = False,
) -> Rule:
    needs = tuple(dict.fromkeys(re.findall(r"\{(\w+)\}", statement + subject)))
    return Rule(
        pattern=re.compile(pattern, re.IGNORECASE),
        statement=statement,
        needs=tuple(name for name in needs if name != "speaker"),
        slot=slot,
        subject=subject,
        jobs=jobs,
    )


_NOT_NAMES = (
    r"(?!(?:not|a|an|the|my|no|never|back|later|when|if|at|in|on|by|tomorrow|unknown|hard|very|so|"
    r"in|too|what)\b)"
)

_NO_NAME = (
    r"(?!(?:\w+ish|\w+ese|\w{4,}ian|\w{2,}ean|\w+ican[ao]?|\w+uan|german|\w+ñol[ae]?|french|dutch|"
    r"greek|swiss|czech|thai|indian|asian|arab|muslim|catholic|lost|tired|happy|sad|new|bored|back|"
    r"here|fine|good|great|ok|okay|sorry|sick|ill|busy|late|ready|done|hungry|single|married|dead|"
    r"gone|away|home|alive|right|wrong|sure|glad|afraid|angry|confused|god|not|a|an|the|my|no)\b)"
)
"""Nationalities and states, which stand where a name may stand."""

RULES: Final = (
    _rule(
        rf"\bmy (?:full |first |real |own )?name(?:'s| is|s) {_TRULY}{_NOT_NAMES}{_CALLED}",
        "is called {what}",
        slot="name",
    ),
    _rule(
        rf"(?:{_IM}(?:called|named) |{_I}go by (?:the name )?(?:of )?|\bpeople call me )"
        rf"{_NOT_NAMES}{_CALLED}",
        "is called {what}",
        slot="name",
    ),
    _rule(
        rf"(?:^|[.,;!] )(?:(?:please|just|you can) )*call me {_CALLED}{_STOP}",
        "is called {what}",
        slot="name",
    ),
    _rule(
        rf"^(?:hi|hello|hey|hola|good \w+)(?: there)?[,!.]? (?:i'?m|i am|this is|soy) "
        rf"{_NO_NAME}{_CALLED}"
        r"(?=[.,!]|$| (?:and|from|y|de)\b)",
        "is called {what}",
        slot="name",
    ),
    _rule(rf"(?:\bme llamo |\bmi nombre es ){_NOT_NAMES}{_CALLED}", "se llama {what}", slot="name"),
    _rule(
        rf"(?:{_I}{_TRULY}(?:live|reside)|{_IM}{_TRULY}(?:living|based)) "
        rf"(?P<where>in|at|near|on|outside) {_PLACE}",
        "lives {where} {what}",
        slot="home",
    ),
    _rule(
        rf"(?:{_IVE}|\bwe(?:'ve| have)? ){_TRULY}moved (?:from [\w ]{{1,40}}? )?to "
        rf"{_PLACE}",
        "lives in {what}",
        slot="home",
    ),
    _rule(
        rf"{_I}(?:do not|don'?t|no longer) live (?P<where>in|at|near) {_PLACE}",
        "no longer lives {where} {what}",
        slot="home",
    ),
    _rule(rf"(?<!\bno )\bvivo en {_PLACE}", "vive en {what}", slot="home"),
    _rule(
        rf"\bme (?:mud[eé]|he mudado) (?:de [\w ]{{1,40}}? )?a {_PLACE}",
        "vive en {what}",
        slot="home",
    ),
    _rule(rf"\b(?:ya )?no vivo (?:m[aá]s )?en {_PLACE}", "ya no vive en {what}", slot="home"),
    _rule(rf"(?:{_IM}{_TRULY}|{_I}{_TRULY}come )from {_PLACE}", "is from {what}", slot="origin"),
    _rule(rf"(?<!\bno )\bsoy de {_PLACE}", "es de {what}", slot="origin"),
    _rule(
        rf"{_I}{_TRULY}(?P<verb>like|love|enjoy|adore|prefer|hate|dislike|detest) {_WHAT}",
        "{verb}s {what}",
    ),
    _rule(
        rf"{_I}{_TRULY}(?:do not|don'?t) (?:really )?(?:like|enjoy) {_WHAT}", "does not like {what}"
    ),
    _rule(
        rf"{_I}(?:no longer (?:like|enjoy)|can'?t stand|cannot stand) {_WHAT}",
        "does not like {what}",
    ),
    _rule(
        rf"\bmy favou?rite (?P<kind>\w+(?: \w+)?) (?:is|are) {_WHAT}",
        "has {what} as favourite {kind}",
    ),
    _rule(rf"(?<!\bno )\bme (?P<verb>gustan?|encantan?) {_WHAT}", "le {verb} {what}"),
    _rule(rf"\bno me (?P<verb>gustan?) {_WHAT}", "no le {verb} {what}"),
    _rule(rf"{_I}{_TRULY}work as {_WHAT}", "works as {what}", slot="job"),
    _rule(rf"{_I}{_TRULY}work (?P<where>at|for) {_PLACE}", "works {where} {what}", slot="employer"),
    _rule(
        rf"{_IM}{_TRULY}(?P<article>an?) (?!(?:bit|little|lot|few|couple|tad|huge|big|great)\b)"
        rf"(?P<what>(?-i:[a-z])[\w'-]*(?: [\w'-]+){{0,2}}?){_STOP}",
        "is {article} {what}",
        slot="job",
        jobs=True,
    ),
    _rule(rf"\btrabajo (?:como|de) {_WHAT}", "trabaja de {what}", slot="job"),
    _rule(
        rf"{_IM}{_TRULY}(?P<what>vegetarian|vegan|allergic to [\w ]{{2,40}}?){_STOP}", "is {what}"
    ),
    _rule(
        rf"(?:{_IM}{_TRULY}|{_I}(?:just )?turned )(?P<what>\d{{1,3}})"
        rf"(?: years? old|{_END}|(?= and\b))",
        "is {what} years old",
        slot="age",
    ),
    _rule(r"\btengo (?P<what>\d{1,3}) años\b", "tiene {what} años", slot="age"),
    _rule(
        rf"\bmy birthday is (?:on )?(?:the )?{_DATED}{_WHAT}",
        "has their birthday on {what}",
        slot="birthday",
    ),
    _rule(
        rf"\bmy (?P<thing>{_THINGS}|\w+)(?: is| are|'s)? (?:called|named) {_CALLED}",
        "is called {what}",
        slot="name",
        subject="{speaker}'s {thing}",
    ),
    _rule(
        rf"\bmy (?P<thing>{_THINGS})(?:'s name is|s name is| is|:) {_NO_NAME}{_CALLED}{_STOP}",
        "is called {what}",
        slot="name",
        subject="{speaker}'s {thing}",
    ),
    _rule(
        rf"\bmy {_THING},? (?P<who>{_PROPER}),? (?:lives|is living) in {_PLACE}",
        "lives in {what}",
        slot="home",
        subject="{who}",
    ),
    _rule(
        rf"\bmy {_THING},? (?P<what>{_PROPER}),? (?:lives?|is|was|has|works?|loves?|likes?)\b",
        "has a {thing} called {what}",
    ),
    _rule(
        rf"\bmy {_THING} (?:lives|is living) in {_PLACE}",
        "lives in {what}",
        slot="home",
        subject="{speaker}'s {thing}",
    ),
    _rule(
        rf"{_IVE}(?:got )?(?P<many>an?|one|two|three|four|\d+) (?P<what>(?:\w+ )?{_THINGS}s?)"
        rf"(?:{_STOP}|(?= (?:called|named|in|who)\b))",
        "has {many} {what}",
    ),
    _rule(
        rf"{_IVE}(?:got )?an? (?:\w+ )?{_THING} (?:called|named) {_CALLED}",
        "is called {what}",
        slot="name",
        subject="{speaker}'s {thing}",
    ),
    _rule(
        rf"\bmi {_COSA} (?:se llama|es) {_NO_NAME}{_CALLED}",
        "se llama {what}",
        slot="name",
        subject="{thing} de {speaker}",
    ),
    _rule(
        rf"\bmi {_COSA},? (?P<who>{_PROPER}),? vive en {_PLACE}",
        "vive en {what}",
        slot="home",
        subject="{who}",
    ),
    _rule(rf"\bmi {_COSA},? (?P<what>{_PROPER}),? vive\b", "su {thing} es {what}"),
    _rule(
        rf"\btengo un[ao]? {_COSA}(?: que se llama| llamad[oa]) {_CALLED}",
        "se llama {what}",
        slot="name",
        subject="{thing} de {speaker}",
    ),
    _rule(
        rf"\btengo (?P<many>un[ao]?|dos|tres) (?P<what>{_RELACIONES}s?)\b", "tiene {many} {what}"
    ),
)
"""All of them are tried on each sentence that is no question."""

_HELLO = r"(?:(?:hi|hello|hey|hola|well|ok),? )?"
_PLAIN_WORD = (
    r"(?P<what>(?!\w+(?:ed|ing|ous|ful|able|ible|less|ly|tant|ish|ness|tion|sion|ment|erty|ial)$)"
    r"[^\W\d_]{3,20})"
)
SHORT_RULES: Final = (
    _rule(
        rf"{_HELLO}(?:my name(?:'s| is|s)|i'?m called|i am called) {_NOT_NAMES}{_PLAIN_WORD}",
        "is called {what}",
        slot="name",
    ),
    _rule(
        rf"{_HELLO}(?:me llamo|mi nombre es) {_NOT_NAMES}{_PLAIN_WORD}",
        "se llama {what}",
        slot="name",
    ),
    _rule(rf"{_HELLO}i live in {_PLAIN_WORD}", "lives in {what}", slot="home"),
    _rule(rf"{_HELLO}vivo en {_PLAIN_WORD}", "vive en {what}", slot="home"),
    _rule(rf"{_HELLO}(?:i'?m|i am|i come) from {_PLAIN_WORD}", "is from {what}", slot="origin"),
    _rule(rf"{_HELLO}soy de {_PLAIN_WORD}", "es de {what}", slot="origin"),
)
"""What whole messages tell that have no capital letter; one word is named, and nothing more."""

NOTHING_NAMED: Final = table("""
    fear denial peace hope pain exile hell heaven town here there home bed love doubt shame sin
    danger debt luxury squalor terror bliss isolation harmony solitude comfort chaos darkness
    abroad miedo paz casa lost unknown secret private mine yours important irrelevant long short
    nobody none nothing everywhere nowhere mud bad good fine common rare space
""")
"""Words that are neither a name nor a place, where no capital letter tells."""

OPPOSITES: Final = (
    ("does not like ", False),
    ("dislikes ", False),
    ("hates ", False),
    ("detests ", False),
    ("likes ", True),
    ("loves ", True),
    ("enjoys ", True),
    ("adores ", True),
    ("no le gusta ", False),
    ("no le gustan ", False),
    ("le gusta ", True),
    ("le gustan ", True),
    ("le encanta ", True),
    ("le encantan ", True),
)
"""How plain statements of likes begin, and whether something is liked."""

_POINTING: Final = table("""
    it its that this these those him her them they you u your yours he she we us me i to what when
    how there here one something anything everything nothing being lo la los las eso esto tu te
    someone anyone everyone
""")
"""Words with which nothing is named: "I like it" tells nothing."""
_OURS: Final = {
    "my": "their", "mine": "theirs", "our": "their", "me": "them", "mi": "su", "mis": "sus",
}  # fmt: skip
_JOBS: Final = table("""
    nurse doctor chef cook pilot student lawyer clerk plumber mechanic surgeon judge guide guard
    maid waitress waiter model coach vet architect butcher barista priest monk nun soldier artist
    translator salesman salesperson accountant consultant assistant engineer farmer
""")
_NO_JOBS: Final = table("""
    mother father brother sister lover believer beginner member sinner winner loser gamer
    smoker drinker sleeper reader grandmother grandfather stepmother stepfather vegetarian
    christian person lesbian virgin foreigner teenager owner cancer newcomer stranger
""")
_OF_JOBS = re.compile(r"\w{2,}(?:er|or|ist|ian|man|woman|grapher|ologist)$")


def _is_job(what: str) -> bool:
    word = what.lower().split()[-1]
    return word not in _NO_JOBS and (word in _JOBS or bool(_OF_JOBS.fullmatch(word)))


def trimmed(text: str) -> str:
    """What was found, in the third person; nothing where it names nothing."""
    words = text.strip(" '-\"").split()
    if not words or words[0].lower() in _POINTING:
        return ""
    return " ".join(_OURS.get(word.lower(), word) for word in words)

"""Tables of words: which ones carry no topic, which tell a time, and how everyday words relate.

They hold general language only, nothing of any one chat. A language that is missing here loses
these small helps and nothing else: rarity still finds the words that matter.
"""

# ruff: noqa: RUF001 - Cyrillic letters are meant

from __future__ import annotations

_ENGLISH = """
    a an the and or but if of at by for with about to from in on into onto out up down over
    under than then so as is am are was were be been being do does did done doing have has had
    having will would can could should shall may might must i me my mine myself you your yours
    yourself he him his she her hers it its we us our ours they them their theirs this that
    these those there here what which who whom whose when where why how s t d ll re ve m don
    didn doesn isn wasn weren not no nor any some all also just very too own same such only more
    most other both each few during before after since until while because through between again
    once per get go got went
"""
_ROMANCE = """
    el la los las un una unos unas de del y o que en con por para se su sus es fue era mi tu yo
    lo le les al como qué quién cuándo dónde cómo cuál há os as um uma do da dos das e em no na
    nos nas com foi é meu minha quando onde quem qual il gli uno di della dei che per si è sono
    ho hai ha mio mia chi quale des du et ou à au aux dans sur avec par ce cette ces est sont
    était je elle nous vous ils mon ma mes ta ne pas qui quand où comment quel quelle quels
    quelles
"""
_GERMANIC_AND_SLAVIC = """
    der das dem des ein eine einen einem einer und oder aber im am auf mit von vom zu zum zur
    für bei aus ist sind waren habe haben ich du er sie es wir ihr mein meine dein nicht was wer
    wen wem wann wo wie warum welche welcher welches het een en op voor aan ik jij hij zij wij
    mijn niet wat wanneer waar hoe waarom welke и в во на с со к по за из от у о не что кто
    когда где как какой какая какие я ты он она мы вы они мой моя это был была
"""

STOP = frozenset(f"{_ENGLISH}{_ROMANCE}{_GERMANIC_AND_SLAVIC}".split())
"""Words that a question may have without telling what it is about.

Left out are those that are topics in another of these languages: `son`, `come`, `hat`, `war`.
"""

_FIRST = """
    i me my mine we us our yo mi mis nosotros je moi mon ma mes nous ich mich mir mein meine wir
    eu meu minha nós io mio mia noi ik mijn wij я мне мой моя мы 我 我的 私 私の 僕 나 내 나의
"""

FIRST = frozenset(_FIRST.split())
"""Words by which somebody asks about themselves: `what is my dog called?`"""

_TIMES = """
    yesterday today tonight tomorrow last next ago week weeks weekend month months year years
    day days morning evening night afternoon monday tuesday wednesday thursday friday saturday
    sunday january february march april june july august september october november december
    soon recently summer spring winter autumn fall birthday anniversary later earlier already
    since ayer hoy mañana pasado semana mes año hace lunes martes miércoles jueves viernes
    sábado domingo hier demain semaine mois année ans jour lundi mardi mercredi jeudi vendredi
    samedi dimanche gestern heute morgen woche monat jahr tag vor letzten letzte nächste montag
    dienstag mittwoch donnerstag freitag samstag sonntag ontem hoje amanhã ano вчера сегодня
    завтра неделю назад 昨天 今天 明天 上周 去年 今年 昨日 今日 明日 先週 来週 어제 오늘 내일
"""

TIMES = frozenset(_TIMES.split())
"""Words by which a message says when something was."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january enero janvier januar janeiro gennaio",
            "february febrero février februar fevereiro febbraio",
            "march marzo mars märz março",
            "april abril avril aprile",
            "may mayo mai maio maggio",
            "june junio juin juni junho giugno",
            "july julio juillet juli julho luglio",
            "august agosto août",
            "september septiembre septembre setembro settembre",
            "october octubre octobre oktober outubro ottobre",
            "november noviembre novembre novembro",
            "december diciembre décembre dezember dezembro dicembre",
        ),
        start=1,
    )
    for name in names.split()
}
"""The number of a month by its name."""

_KINDS = """
    where: park beach lake mountain city town restaurant cafe museum store shop hotel gym school
        office church hospital airport country street road forest club bar
    who: mother father mom dad brother sister son daughter wife husband partner girlfriend boyfriend
        friend aunt uncle cousin grandma grandpa boss colleague neighbor teacher doctor
    activity hobby fun leisure pastime interest: hike camp swim paint run dance read cook
        game play yoga garden fish surf ski climb knit draw photography music sport gym
        museum concert movie
    exercise workout fitness sport: run jog gym yoga swim hike bike cycle lift weight train
        dance soccer basketball tennis football boxing ski climb class
    pet animal: dog cat puppy kitten bird fish hamster rabbit horse turtle snake parrot pup
    food meal dish recipe snack eat diet cook: breakfast lunch dinner salad soup pizza pasta
        chicken fish rice cake bread cookie fruit vegetable veggie sandwich cheese sushi
        chocolate tasty delicious bake grill roast
    dessert sweet treat: cake cookie ice cream pie chocolate candy
    drink: coffee tea wine beer water juice soda milk
    family relative: mother father mom dad parent brother sister son daughter kid child wife
        husband aunt uncle cousin grandma grandpa grandmother grandfather niece nephew
    child: kid son daughter baby toddler
    parent: mother father mom dad
    relationship status: single marry date girlfriend boyfriend partner wife husband divorce
        engage breakup
    partner spouse: wife husband girlfriend boyfriend
    job work career profession employment occupation: office company boss hire interview
        teacher engineer doctor nurse lawyer manager business position colleague career
    school education study degree major: college university class course student teacher
        exam graduate lecture
    health illness condition disease medical issue: doctor hospital sick pain injury hurt
        diagnose surgery medicine weight checkup stress
    injury accident incident: hurt break fall crash ankle leg arm hospital sprain
    vehicle transport: car bike bicycle truck bus train plane motorcycle drive
    music: song band concert guitar piano violin drum sing album singer instrument
    instrument: guitar piano violin drum flute clarinet
    artist band musician: concert song sing album
    art craft: paint draw sculpture pottery sketch photograph canvas
    book: read novel author story series
    movie film show: watch cinema series tv
    game: play video console board chess
    travel trip vacation holiday visit journey: beach mountain flight hotel tour road abroad
        camp fly drive
    place location destination: city town park beach mountain lake restaurant cafe museum
        country
    country: england france spain italy germany canada mexico japan china india brazil
        australia sweden ireland
    city: paris london rome boston york chicago tokyo berlin barcelona seattle
    nature outdoors outdoor: hike camp forest mountain lake park beach trail river tree
    weather: rain snow sun storm cold hot wind
    home house apartment: rent move room kitchen live neighbor
    money finance financial: pay save loan rent debt salary afford budget cost
    feeling emotion mood: happy sad angry nervous anxious excited proud stress upset afraid
        scared glad grateful
    stress cope relax relieve: calm yoga meditate walk unwind peaceful nature
    religion faith spiritual: church god pray temple mosque
    politics political: vote election government campaign office mayor party policy
    community charity volunteer: donate shelter help fundraiser nonprofit
    event celebration: party wedding festival concert parade conference birthday fair
        ceremony meeting
    clothes clothing outfit: dress shirt shoe jacket hat wear
    gift present: give buy necklace flower birthday card
    color: red blue green yellow black white purple orange pink
    subject theme: landscape portrait nature
    plan goal dream ambition: want hope future someday start open
    device gadget electronic technology: phone computer laptop watch camera tablet
    name: call
    adversity hardship challenge struggle difficult problem: tough hard rough stress lose
"""


def _read_kinds(table: str) -> dict[str, tuple[str, ...]]:
    """Read a table whose rows are `kind kind: member member`, continued by deeper lines."""
    kinds: dict[str, tuple[str, ...]] = {}
    for row in table.replace("\n        ", " ").strip().splitlines():
        heads, _, members = row.partition(":")
        for head in heads.split():
            kinds[head] = tuple(dict.fromkeys((*kinds.get(head, ()), *members.split())))
    return kinds


KINDS = _read_kinds(_KINDS)
"""What belongs to an everyday kind: a question asks for `pets`, what was said is `my cat`."""

"""Words as data: small tables for a few languages, lower case, without accents or apostrophes."""

from __future__ import annotations

from typing import Final


def table(words: str) -> frozenset[str]:
    """A set of words, written with spaces between."""
    return frozenset(words.split())


ENGLISH: Final = table("""
    a about after again all also always am an and any anybody anyone anything are arent as ask asked
    at be because been before being bit but by can cant could couldnt did didnt do does doesnt doing
    done dont else ever every everything few for from had has hasnt he hello her here hers hey hi
    him his how hows i id if ill im in into is isnt it its ive just kind know knew known let lets
    lot maybe me mean mention mentioned mine my myself never no not now of off oh ok okay on once
    only or other our ours out over own please quite rather really recall remember remind said same
    say saying says she should shouldnt so some somebody someone something sort speak still such
    sure talk talked talking tell telling than thank thanks that thats the their them then there
    these they thing things think this those though to told too u until up us very want was wasnt
    we well were werent what whats when whens where wheres which who whom whos whose why will with
    wont would wouldnt yeah yes yet you your youre yours yourself
""")
"""Words of English that carry no subject of their own."""

OTHERS: Final = table("""
    acerca al algo alguien aquel aqui asi aun aunque como con cual cuales cuando cuanta cuantas
    cuanto cuantos de del desde dice dices digo dije dijiste dime donde e el ella ellos en era eres
    es esa ese eso esta estas este esto estoy ha hablamos han has hasta hay he la las le les llama
    llamas llamo lo los mas me mi mio mis muy nada ni nos o otra otro para pero por porque pues que
    quien quienes recuerda recuerdas sabe sabes se si sobre soy su sus tambien te tengo tiene tienes
    todo tu tus un una uno usted vivo y ya yo gusta encanta dedico llamaba nombre trabajo hola hace
    tan fue ser bien hoy todos todas
    au aux avec ce ces cette comment dans des du elle est et il ils je jai jhabite mappelle la le
    les leur lui ma mais mes moi mon nous ou par pas pour quel quelle quelles quels qui quoi sa ses
    sont suis sur ta tes ton tous tout une vous est ce pourquoi combien aime
    aber als auch auf aus bei bin bist das dass dein deine dem den der des dich die dir du ein eine
    einen er es euch gesagt haben habe hast heisse ich ihr im ist ja kein man mein meine meinem
    meinen mich mir mit nach nein nicht noch oder sie sind ueber und uns von vor wann warum was
    weisst welche welcher wenn wer wie wir wo woher wohne zu zum komme
    ao aos com da das do dos ela ele em eu isso la meu meus minha minhas moro na nao nas nos num o
    os ou pelo qual quem sao sem sou tambem tem tenho teu tua uma voce chamo onde
    anche che chi chiamo ciao cosa dei delle di dove gli io mia mie miei non per perche quale sei
    sono sua suo sul tuo tua
""")
"""The same for Spanish, French, German, Portuguese and Italian."""

STOP: Final = (ENGLISH | OTHERS) - table("die hat man son des sin sur has")

GENERIC: Final = table("""
    age best birthday call called city country do does drive enjoy favorite feel first full get go
    going gone hate have having home house job last like live long love make many move much name
    need new number old place prefer reside stay time town type use visit want way work year
    anos casa ciudad edad favorita favorito nombre pais trabajo vive vivir vivo
""")
"""Words that say what kind of thing is asked, seldom which one: they weigh less."""

SAME: Final = {
    **dict.fromkeys(("mum", "mom", "mama", "mommy"), "mother"),
    **dict.fromkeys(("dad", "papa", "daddy"), "father"),
    **dict.fromkeys(("kid", "kids", "children"), "child"),
    **dict.fromkeys(("grandma", "granny"), "grandmother"),
    **dict.fromkeys(("grandpa", "granddad"), "grandfather"),
    **dict.fromkeys(("went", "gone", "goes"), "go"),
    **dict.fromkeys(("ate", "eaten"), "eat"),
    **dict.fromkeys(("drank", "drunk"), "drink"),
    **dict.fromkeys(("bought",), "buy"),
    **dict.fromkeys(("met",), "meet"),
    **dict.fromkeys(("saw", "seen"), "see"),
    **dict.fromkeys(("had", "has", "having"), "have"),
    **dict.fromkeys(("wrote", "written"), "write"),
    **dict.fromkeys(("ran", "running"), "run"),
    **dict.fromkeys(("got", "gotten"), "get"),
    **dict.fromkeys(("took", "taken"), "take"),
    **dict.fromkeys(("gave", "given"), "give"),
    **dict.fromkeys(("made",), "make"),
    **dict.fromkeys(("lost",), "lose"),
    **dict.fromkeys(("found",), "find"),
    **dict.fromkeys(("felt",), "feel"),
    **dict.fromkeys(("taught",), "teach"),
    **dict.fromkeys(("grew", "grown"), "grow"),
    **dict.fromkeys(("drove", "driven"), "drive"),
    **dict.fromkeys(("won",), "win"),
    **dict.fromkeys(("broke", "broken"), "break"),
    **dict.fromkeys(("mice",), "mouse"),
    **dict.fromkeys(("married", "marriage"), "marry"),
    **dict.fromkeys(("allergic", "allergies"), "allergy"),
    **dict.fromkeys(("flew", "flown", "flight", "flights"), "fly"),
}
"""Forms of one word, and words that people use for the same thing."""

MEMBERS: Final = {
    "music": "song band jazz rock salsa pop opera classical guitar piano sing singer blues metal",
    "food": "eat dish meal cook pizza pasta sushi rice ceviche bread chocolate fruit soup curry",
    "drink": "coffee tea beer wine water juice milk",
    "color": "red blue green yellow purple pink orange black white brown grey gray turquoise",
    "pet": "dog cat bird fish hamster rabbit parrot turtle horse puppy kitten",
    "animal": "dog cat bird fish hamster rabbit parrot turtle horse puppy kitten cow llama",
    "family": "sister brother mother father son daughter parent wife husband cousin aunt uncle",
    "sibling": "sister brother",
    "parent": "mother father",
    "child": "son daughter",
    "partner": "wife husband girlfriend boyfriend spouse marry",
    "marry": "wife husband spouse",
    "sport": "football soccer tennis basketball swim run hike climb yoga cycle volleyball surf",
    "hobby": "paint read swim run hike climb dance sing cook garden chess guitar piano knit play",
    "language": "english spanish french german italian portuguese chinese japanese quechua arabic",
    "school": "university college student study teacher class",
    "vehicle": "car bike bicycle motorbike truck van",
    "mascota": "perro gato pajaro conejo",
    "familia": "hermana hermano madre padre hijo hija esposa esposo",
    "comida": "pizza ceviche arroz pan sopa comer como",
    "color_": "rojo azul verde amarillo negro blanco morado",
}
"""A word of a question, and what a sentence that answers it may name instead."""

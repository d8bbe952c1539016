"""Write TinyTalks: 3,000 questions about everyday knowledge, each with its answer.

    python make_tinytalks.py            writes the file and prints what it holds
    python make_tinytalks.py --check    compares the shipped file with a fresh one

A topic is a list of facts, several phrasings of a question, and one form of the answer. Nothing is random: what is
chosen, held out and mixed is decided by the SHA-256 of the text, so the bytes are the same on any machine.
"""

import argparse
import hashlib
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "src/tinytorch/datasets/tinytalks.txt"
TRAIN, HELDOUT, UNSEEN = 2500, 400, 100  # pairs
ALWAYS = 4  # phrasings of a fact that are training pairs in any case
MOST = 2  # phrasings of a fact that may be held out


@dataclass
class Topic:
    """name: one word. facts: values for the places {a}, {b}, ... questions: phrasings. answer: the form of all.

    unseen: how many facts are kept out of training altogether.
    """

    name: str
    facts: list
    questions: list
    answer: str
    unseen: int = 0


# -- phrasings ---------------------------------------------------------------------------------------------------------


def asking(what):
    """What can be asked for by a noun ("the capital of Peru") or by a clause ("what colour snow is")."""
    return [
        f"Tell me {what}.",
        f"Please tell me {what}.",
        f"I want to know {what}.",
        f"Do you know {what}?",
        f"Can you tell me {what}?",
    ]


def noun(what):
    return [f"What is {what}?", *asking(what)]


def clause(direct, indirect):
    return [direct, *asking(indirect)]


# -- facts -------------------------------------------------------------------------------------------------------------

NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
NUMBERS += ["thirteen", "fourteen"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "February", "March", "April", "May", "June", "July"]
MONTHS += ["August", "September", "October", "November", "December"]
SEASONS = ["spring", "summer", "autumn", "winter"]

COUNTRIES = """
France, Paris, Europe; Germany, Berlin, Europe; Italy, Rome, Europe; Spain, Madrid, Europe; Portugal, Lisbon, Europe;
Greece, Athens, Europe; Austria, Vienna, Europe; Poland, Warsaw, Europe; Sweden, Stockholm, Europe;
Norway, Oslo, Europe; Finland, Helsinki, Europe; Ireland, Dublin, Europe; Hungary, Budapest, Europe;
Egypt, Cairo, Africa; Kenya, Nairobi, Africa; Ghana, Accra, Africa; Senegal, Dakar, Africa; Morocco, Rabat, Africa;
Japan, Tokyo, Asia; China, Beijing, Asia; India, New Delhi, Asia; Thailand, Bangkok, Asia; Vietnam, Hanoi, Asia;
Nepal, Kathmandu, Asia; Canada, Ottawa, North America; Mexico, Mexico City, North America;
Cuba, Havana, North America; Peru, Lima, South America; Chile, Santiago, South America;
Argentina, Buenos Aires, South America; Brazil, Brasilia, South America; Australia, Canberra, Oceania
"""
OPPOSITES = """
hot, cold; big, small; happy, sad; good, bad; fast, slow; high, low; up, down; left, right; day, night; push, pull;
buy, sell; win, lose; true, false; inside, outside; above, below; near, far; deep, shallow; sweet, sour; wet, dry;
clean, dirty; loud, quiet; strong, weak; rich, poor; early, late; open, closed; full, empty; heavy, light
"""
COLOURS = """
grass, green; the sky, blue; the sea, blue; a canary, yellow; snow, white; milk, white; salt, white; coal, black;
blood, red; a banana, yellow; a lemon, yellow; a carrot, orange; a pumpkin, orange; a tomato, red; a strawberry, red;
a frog, green; a cucumber, green; a leaf, green; a swan, white; a crow, black; a flamingo, pink; a pig, pink;
chocolate, brown; wood, brown; a mouse, grey; an elephant, grey; a plum, purple; a violet, purple
"""
SOUNDS = """
a dog, woof; a cat, meow; a cow, moo; a duck, quack; a sheep, baa; a pig, oink; a horse, neigh; a frog, ribbit;
a bee, buzz; a lion, roar; a snake, hiss; an owl, hoot; a mouse, squeak; a wolf, howl
"""
YOUNG = """
cat, kitten; dog, puppy; cow, calf; sheep, lamb; horse, foal; pig, piglet; hen, chick; duck, duckling; goose, gosling;
goat, kid; lion, cub; deer, fawn; frog, tadpole; swan, cygnet; kangaroo, joey
"""
HOMES = """
a bird, in a nest; a bee, in a hive; a fox, in a den; a rabbit, in a burrow; a horse, in a stable; a pig, in a sty;
a hen, in a coop; a dog, in a kennel; a monkey, in a tree; a whale, in the sea; a camel, in the desert;
a spider, on a web
"""
KINDS = """
a dog, a mammal; a whale, a mammal; a bat, a mammal; an eagle, a bird; a penguin, a bird; a sparrow, a bird;
a shark, a fish; a salmon, a fish; a trout, a fish; an ant, an insect; a butterfly, an insect; a beetle, an insect;
a snake, a reptile; a lizard, a reptile; a crocodile, a reptile; an apple, a fruit; a pear, a fruit;
a cherry, a fruit; a carrot, a vegetable; an onion, a vegetable; a rose, a flower; a tulip, a flower;
an oak, a tree; a pine, a tree; a hammer, a tool; a saw, a tool; a violin, an instrument; a piano, an instrument;
a bus, a vehicle; a lorry, a vehicle; iron, a metal; gold, a metal
"""
PLURALS = """
mouse, mice; foot, feet; tooth, teeth; child, children; man, men; woman, women; goose, geese; person, people;
leaf, leaves; knife, knives; wolf, wolves; city, cities; box, boxes; ox, oxen
"""
PASTS = """
go, went; eat, ate; see, saw; run, ran; take, took; give, gave; come, came; write, wrote; speak, spoke;
think, thought; buy, bought; sing, sang; fly, flew; swim, swam; know, knew; find, found; sleep, slept; make, made
"""
COUNTS = """
a week, days, seven; a year, months, twelve; a minute, seconds, sixty; an hour, minutes, sixty;
a day, hours, twenty-four; a decade, years, ten; a century, years, one hundred; a triangle, sides, three;
a square, sides, four; a pentagon, sides, five; a hexagon, sides, six; an octagon, sides, eight; a cube, faces, six;
a spider, legs, eight; a dog, legs, four; a horse, legs, four; an ant, legs, six; a bee, legs, six; a hen, legs, two;
a crab, legs, ten; a chair, legs, four; a hand, fingers, five; a car, wheels, four; a bicycle, wheels, two;
a tricycle, wheels, three; a guitar, strings, six; a violin, strings, four; a coin, sides, two;
the English alphabet, letters, twenty-six; a byte, bits, eight
"""
TOOLS = """
cut paper, scissors; write a letter, a pen; see, your eyes; hear, your ears; smell, your nose; taste, your tongue;
dig a hole, a spade; sweep the floor, a broom; hit a nail, a hammer; open a lock, a key; eat soup, a spoon;
paint a wall, a brush; dry your hands, a towel; measure time, a clock; look at stars, a telescope;
take a picture, a camera; measure heat, a thermometer; bite an apple, your teeth; catch fish, a net;
light a room, a lamp
"""
WORK = """
a baker, bakes bread; a teacher, teaches children; a farmer, grows food; a doctor, heals people; a pilot, flies planes;
a sailor, sails ships; a tailor, makes clothes; a cook, prepares meals; a painter, paints pictures;
a writer, writes books; a singer, sings songs; a plumber, repairs pipes; a builder, builds houses;
a gardener, plants flowers; a dentist, looks after teeth; a shepherd, keeps sheep; a librarian, lends books;
a carpenter, works with wood
"""
MEANINGS = """
data, what we learn from; a model, a rule learned from data; a program, a list of steps;
a computer, a machine that follows programs; training, how a model gets better; an error, a wrong answer;
a test, a check on a model; memory, where data is kept; a bit, a zero or a one;
a vector, a list of numbers; a matrix, a table of numbers; a word, a row of letters; a sentence, a row of words;
an average, a sum shared equally; an example, one case to learn from; a graph, a set of linked points
"""
# a greeting is no question about a fact: each has its own wordings, all of them for training
TALK = {
    "Hello! How can I help you?": ["Hello!", "Hello.", "Hi!", "Hi there!", "Hey!", "Hello there!"],
    "Good morning to you.": ["Good morning!", "Good morning.", "A good morning to you!"],
    "Good evening to you.": ["Good evening!", "Good evening.", "A good evening to you!"],
    "Goodbye and see you soon.": ["Goodbye!", "Goodbye.", "Bye!", "See you soon!", "I have to go now."],
    "I am well, thank you.": ["How are you?", "How are you today?", "Are you well?", "How do you feel?"],
    "You are welcome.": ["Thank you!", "Thank you.", "Thanks!", "Thank you very much!", "Thanks a lot!"],
    "I am a very small language model.": ["Who are you?", "What are you?", "Are you a person?", "Are you a robot?"],
    "My name is TinyTalks.": ["What is your name?", "Tell me your name.", "Do you have a name?"],
    "I learned from short questions and answers.": [
        "What did you learn from?",
        "How did you learn?",
        "Where do your answers come from?",
    ],
    "I know a few simple facts.": ["What do you know?", "What can you do?", "What can I ask you?", "Help!"],
}


def table(text):
    """Rows separated by semicolons, values by commas, as tuples."""
    return [tuple(value.strip() for value in row.split(",")) for row in text.split(";")]


def both_ways(pairs):
    return [fact for a, b in pairs for fact in ((a, b), (b, a))]


def row(words, what, circle=True):
    """(word, the next one, what they are) for neighbours in a row; the last is followed by the first."""
    return [(a, b, what) for a, b in zip(words, words[1:] + words[:1], strict=True)][: None if circle else -1]


ROWS = [*row(DAYS, "day"), *row(MONTHS, "month"), *row(SEASONS, "season"), *row(NUMBERS[:13], "number", circle=False)]
SUMS = [(NUMBERS[a], NUMBERS[b], NUMBERS[a + b]) for a in range(1, 8) for b in range(1, 8)]
DIFFERENCES = [(NUMBERS[a], NUMBERS[b], NUMBERS[a - b]) for a in range(2, 10) for b in range(1, a)]

TOPICS = [
    Topic(
        "capital",
        [(country, city) for country, city, _ in table(COUNTRIES)],
        [*noun("the capital of {a}"), "Which city is the capital of {a}?", "Name the capital of {a}.",
         "What is the name of the capital of {a}?"],
        "The capital of {a} is {b}.",
    ),
    Topic(
        "continent",
        [(country, continent) for country, _, continent in table(COUNTRIES)],
        [*clause("Which continent is {a} in?", "which continent {a} is in"), "Where is {a}?",
         "Where in the world is {a}?", "On which continent is {a}?"],
        "{a} is in {b}.",
    ),
    Topic(
        "opposite",
        both_ways(table(OPPOSITES)),
        [*noun("the opposite of {a}"), "Which word is the opposite of {a}?", "Name the opposite of {a}.",
         "What is the opposite of the word {a}?"],
        "The opposite of {a} is {b}.",
    ),
    Topic(
        "sum",
        SUMS,
        [*clause("What is {a} plus {b}?", "what {a} plus {b} is"), "How much is {a} plus {b}?",
         "What do you get if you add {b} to {a}?", "Add {b} to {a}.", "What is the sum of {a} and {b}?"],
        "{a} plus {b} is {c}.",
        unseen=13,
    ),
    Topic(
        "difference",
        DIFFERENCES,
        [*clause("What is {a} minus {b}?", "what {a} minus {b} is"), "How much is {a} minus {b}?",
         "What do you get if you take {b} from {a}?", "Take {b} from {a}.",
         "How much is left if you take {b} from {a}?"],
        "{a} minus {b} is {c}.",
        unseen=12,
    ),
    Topic(
        "after",
        ROWS,
        [*clause("What comes after {a}?", "what comes after {a}"), "Which {c} comes after {a}?",
         "Which {c} follows {a}?", "What comes right after {a}?"],
        "{b} comes after {a}.",
    ),
    Topic(
        "before",
        [(b, a, what) for a, b, what in ROWS],
        [*clause("What comes before {a}?", "what comes before {a}"), "Which {c} comes before {a}?",
         "Which {c} is just before {a}?", "What comes right before {a}?"],
        "{b} comes before {a}.",
    ),
    Topic(
        "colour",
        table(COLOURS),
        [*clause("What colour is {a}?", "what colour {a} is"), *asking("the colour of {a}")[:2],
         "Which colour is {a}?", "Which colour does {a} have?"],
        "{a} is {b}.",
    ),
    Topic(
        "sound",
        table(SOUNDS),
        [*clause("What does {a} say?", "what {a} says"), "What sound does {a} make?", "Which sound does {a} make?",
         "How does {a} sound?"],
        "{a} says {b}.",
    ),
    Topic(
        "young",
        table(YOUNG),
        [*clause("What is a young {a} called?", "what a young {a} is called"), "What do you call a young {a}?",
         "What do we call a baby {a}?", "What is the name for a young {a}?"],
        "A young {a} is called a {b}.",
    ),
    Topic(
        "home",
        table(HOMES),
        [*clause("Where does {a} live?", "where {a} lives"), "Where can you find {a}?", "Where is {a} at home?",
         "What is the home of {a}?"],
        "{a} lives {b}.",
    ),
    Topic(
        "kind",
        table(KINDS),
        [*clause("What kind of thing is {a}?", "what kind of thing {a} is"), "What sort of thing is {a}?",
         "Which group does {a} belong to?", "Is {a} an animal, a plant or a thing?"],
        "{a} is {b}.",
    ),
    Topic(
        "plural",
        table(PLURALS),
        [*noun("the plural of {a}"), "Which word is the plural of {a}?", "Name the plural of {a}.",
         "How do you say more than one {a}?"],
        "The plural of {a} is {b}.",
    ),
    Topic(
        "past",
        table(PASTS),
        [*noun("the past tense of {a}"), "How do you say {a} in the past?", "Name the past tense of {a}.",
         "Put {a} into the past."],
        "The past tense of {a} is {b}.",
    ),
    Topic(
        "count",
        table(COUNTS),
        [*clause("How many {b} does {a} have?", "how many {b} {a} has"), "What number of {b} does {a} have?",
         "Count the {b} of {a}.", "{a} has how many {b}?"],
        "{a} has {c} {b}.",
    ),
    Topic(
        "tool",
        table(TOOLS),
        [*clause("What do you {a} with?", "what you {a} with"), "What do you use to {a}?", "What do I need to {a}?",
         "With what do you {a}?"],
        "You {a} with {b}.",
    ),
    Topic(
        "work",
        table(WORK),
        [*clause("What does {a} do?", "what {a} does"), "What is the work of {a}?", "What does {a} do all day?",
         "How does {a} spend the day?"],
        "{a} {b}.",
    ),
    Topic(
        "meaning",
        table(MEANINGS),
        [*clause("What is {a}?", "what {a} is"), "What do we mean by {a}?", "Explain {a}.",
         "Say in a few words what {a} is."],
        "{a} is {b}.",
    ),
]  # fmt: skip


# -- pairs -------------------------------------------------------------------------------------------------------------


@dataclass
class Pair:
    topic: str
    fact: int  # number of the fact within its topic
    question: str
    answer: str


def order(text):
    """As good as chance, and the same everywhere."""
    return hashlib.sha256(text.encode()).digest()


def fill(form, fact):
    text = form.format(**dict(zip("abc", fact, strict=False)))
    return text[0].upper() + text[1:]


def phrased(topic, number):
    """All pairs of one fact, mixed."""
    fact = topic.facts[number]
    pairs = [Pair(topic.name, number, fill(form, fact), fill(topic.answer, fact)) for form in topic.questions]
    return sorted(pairs, key=lambda pair: order(pair.question))


def talk():
    return [
        Pair("talk", number, question, answer)
        for number, (answer, questions) in enumerate(TALK.items())
        for question in questions
    ]


def facts():
    """Lists of pairs, one a fact: those that are for training, and those that training never shows."""
    seen, unseen = [], []
    for topic in TOPICS:
        numbers = sorted(range(len(topic.facts)), key=lambda n: order(f"{topic.name} {n}"))
        unseen += [phrased(topic, number) for number in numbers[: topic.unseen]]
        seen += [phrased(topic, number) for number in numbers[topic.unseen :]]
    return seen, unseen


def choose(pairs, count):
    """The first pairs by their questions' hashes, and the rest."""
    pairs = sorted(pairs, key=lambda pair: order(f"chosen {pair.question}"))
    if len(pairs) < count:
        raise SystemExit(f"only {len(pairs)} pairs, {count} are wanted")
    return pairs[:count], pairs[count:]


def splits():
    """The three parts, each mixed."""
    seen, unseen = facts()
    train = talk() + [pair for fact in seen for pair in fact[:ALWAYS]]
    heldout, spare = choose([pair for fact in seen for pair in fact[ALWAYS : ALWAYS + MOST]], HELDOUT)
    spare += [pair for fact in seen for pair in fact[ALWAYS + MOST :]]
    train += choose(spare, TRAIN - len(train))[0]
    never, _ = choose([pair for fact in unseen for pair in fact], UNSEEN)
    parts = {"train": train, "heldout": heldout, "unseen": never}
    return {name: sorted(part, key=lambda pair: order(pair.question)) for name, part in parts.items()}


def written(parts):
    """The file: a line `[split]`, then `topic<tab>question<tab>answer` lines."""
    lines = []
    for name, pairs in parts.items():
        lines += [f"[{name}]", *("\t".join((pair.topic, pair.question, pair.answer)) for pair in pairs)]
    return ("\n".join(lines) + "\n").encode()


def show(parts):
    """How many pairs of each topic, and how many words there are."""
    counts = {name: Counter(pair.topic for pair in pairs) for name, pairs in parts.items()}
    print(f"{'':12}{''.join(f'{name:>9}' for name in parts)}{'facts':>9}{'phrasings':>11}")
    for topic in [*TOPICS, Topic("talk", list(TALK), [], "")]:
        numbers = "".join(f"{counts[name][topic.name]:9}" for name in parts)
        print(f"{topic.name:12}{numbers}{len(topic.facts):9}{len(topic.questions) or '':>11}")
    pairs = [pair for part in parts.values() for pair in part]
    for what in ("question", "answer"):
        texts = [getattr(pair, what).split() for pair in pairs]
        words = {word.strip(".,?!").lower() for text in texts for word in text}
        print(f"{what}s: {len(words)} words, the longest has {max(map(len, texts))}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; compare with the shipped file")
    options = parser.parse_args()
    parts = splits()
    content = written(parts)
    if options.check:
        same = TARGET.read_bytes().replace(b"\r\n", b"\n") == content  # a clone may have other line ends
        print("the shipped file agrees" if same else "the shipped file DIFFERS from a fresh one")
        return 0 if same else 1
    TARGET.write_bytes(content)
    print(f"{TARGET.name}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")
    show(parts)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Where the demo world lies: real cities and neighbourhoods, with streets that sound like theirs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCity:
    """One city.

    Units: ``night_minor`` is a fair night for two in the city's currency, prices are rounded to ``step_minor``;
    ``areas`` maps neighbourhoods to latitude and longitude.
    """

    name: str
    region: str
    country_code: str
    currency: str
    night_minor: int
    step_minor: int
    population: int
    areas: dict[str, tuple[float, float]]
    streets: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    language: str


CITIES = (
    DemoCity(
        name="Lisbon", region="Lisbon", country_code="PT", currency="EUR", night_minor=9_500, step_minor=100,
        population=545_000, language="pt",
        areas={"Alfama": (38.7120, -9.1300), "Chiado": (38.7107, -9.1425), "Graça": (38.7170, -9.1310),
               "Campo de Ourique": (38.7176, -9.1650), "Estrela": (38.7139, -9.1600)},
        streets=("Rua da Fonte", "Rua das Oliveiras", "Travessa do Sol", "Calçada da Bica"),
        first_names=("Inês", "Tiago", "Marta", "Rui"), last_names=("Almeida", "Carvalho", "Nunes", "Teixeira"),
    ),
    DemoCity(
        name="Barcelona", region="Catalonia", country_code="ES", currency="EUR", night_minor=11_500, step_minor=100,
        population=1_620_000, language="es",
        areas={"Gràcia": (41.4035, 2.1560), "Eixample": (41.3917, 2.1649), "Poble-sec": (41.3740, 2.1620),
               "Poblenou": (41.4010, 2.1990), "Sant Antoni": (41.3790, 2.1620)},
        streets=("Carrer del Pi", "Carrer de la Lluna", "Carrer de les Flors", "Passatge del Forn"),
        first_names=("Núria", "Jordi", "Laia", "Marc"), last_names=("Puig", "Soler", "Vidal", "Ferrer"),
    ),
    DemoCity(
        name="Paris", region="Île-de-France", country_code="FR", currency="EUR", night_minor=13_500, step_minor=100,
        population=2_100_000, language="fr",
        areas={"Le Marais": (48.8580, 2.3590), "Montmartre": (48.8860, 2.3410), "Belleville": (48.8720, 2.3850),
               "Batignolles": (48.8870, 2.3180), "Butte-aux-Cailles": (48.8275, 2.3510)},
        streets=("Rue des Tilleuls", "Rue du Moulin", "Passage des Artisans", "Rue de la Source"),
        first_names=("Camille", "Julien", "Chloé", "Antoine"), last_names=("Moreau", "Girard", "Lambert", "Roux"),
    ),
    DemoCity(
        name="Berlin", region="Berlin", country_code="DE", currency="EUR", night_minor=9_000, step_minor=100,
        population=3_680_000, language="de",
        areas={"Kreuzberg": (52.4980, 13.4030), "Prenzlauer Berg": (52.5390, 13.4240), "Neukölln": (52.4810, 13.4350),
               "Friedrichshain": (52.5150, 13.4540), "Charlottenburg": (52.5160, 13.3040)},
        streets=("Lindenweg", "Kastanienallee", "Uferstraße", "Gartenstraße"),
        first_names=("Lena", "Jonas", "Meike", "Karim"), last_names=("Krüger", "Lehmann", "Vogt", "Yıldız"),
    ),
    DemoCity(
        name="Edinburgh", region="Scotland", country_code="GB", currency="GBP", night_minor=10_500, step_minor=100,
        population=507_000, language="en",
        areas={"Old Town": (55.9490, -3.1880), "Leith": (55.9710, -3.1720), "Stockbridge": (55.9580, -3.2090),
               "Marchmont": (55.9370, -3.1920), "Bruntsfield": (55.9370, -3.2060)},
        streets=("Mill Lane", "Castle Wynd", "Rowan Terrace", "Well Close"),
        first_names=("Isla", "Callum", "Fiona", "Ewan"), last_names=("Fraser", "Murray", "Reid", "Sinclair"),
    ),
    DemoCity(
        name="Copenhagen", region="Capital Region", country_code="DK", currency="DKK", night_minor=95_000,
        step_minor=1_000, population=660_000, language="da",
        areas={"Nørrebro": (55.6940, 12.5480), "Vesterbro": (55.6690, 12.5500), "Østerbro": (55.7070, 12.5770),
               "Frederiksberg": (55.6790, 12.5290)},
        streets=("Møllegade", "Rosenvej", "Havnegade", "Birkegade"),
        first_names=("Freja", "Emil", "Sofie", "Mads"), last_names=("Holm", "Lund", "Krogh", "Dahl"),
    ),
    DemoCity(
        name="Prague", region="Prague", country_code="CZ", currency="CZK", night_minor=210_000, step_minor=5_000,
        population=1_360_000, language="cs",
        areas={"Vinohrady": (50.0750, 14.4500), "Žižkov": (50.0850, 14.4500), "Malá Strana": (50.0870, 14.4040),
               "Holešovice": (50.1030, 14.4400), "Karlín": (50.0920, 14.4510)},
        streets=("Lipová", "Na Kopečku", "Zahradní", "U Studánky"),
        first_names=("Tereza", "Jakub", "Klára", "Ondřej"), last_names=("Horák", "Marek", "Pokorná", "Beneš"),
    ),
    DemoCity(
        name="Tokyo", region="Tokyo", country_code="JP", currency="JPY", night_minor=16_000, step_minor=500,
        population=13_960_000, language="ja",
        areas={"Yanaka": (35.7270, 139.7660), "Shimokitazawa": (35.6610, 139.6680), "Asakusa": (35.7120, 139.7960),
               "Nakameguro": (35.6440, 139.6990), "Koenji": (35.7050, 139.6490)},
        streets=("2-chome", "Sakura-dori", "Ginkgo Lane", "Temple Street"),
        first_names=("Yuki", "Haruto", "Aoi", "Sora"), last_names=("Mori", "Ishikawa", "Hayashi", "Ogawa"),
    ),
    DemoCity(
        name="New York", region="New York", country_code="US", currency="USD", night_minor=18_500, step_minor=100,
        population=8_330_000, language="en",
        areas={"Park Slope": (40.6710, -73.9800), "Harlem": (40.8116, -73.9465), "Astoria": (40.7644, -73.9235),
               "East Village": (40.7265, -73.9815), "Bushwick": (40.6944, -73.9213)},
        streets=("Maple Street", "Prospect Avenue", "Orchard Row", "Bridge Street"),
        first_names=("Jordan", "Maya", "Elijah", "Naomi"), last_names=("Brooks", "Rivera", "Cohen", "Grant"),
    ),
    DemoCity(
        name="Mexico City", region="Mexico City", country_code="MX", currency="MXN", night_minor=145_000,
        step_minor=5_000, population=9_200_000, language="es",
        areas={"Roma Norte": (19.4180, -99.1620), "Condesa": (19.4120, -99.1720), "Coyoacán": (19.3500, -99.1620),
               "San Rafael": (19.4400, -99.1620)},
        streets=("Calle Jacarandas", "Calle del Mercado", "Avenida Colibrí", "Cerrada Naranjo"),
        first_names=("Valeria", "Diego", "Ximena", "Mateo"), last_names=("Ortega", "Salinas", "Rangel", "Cortés"),
    ),
    DemoCity(
        name="Cape Town", region="Western Cape", country_code="ZA", currency="ZAR", night_minor=160_000,
        step_minor=5_000, population=4_770_000, language="en",
        areas={"Gardens": (-33.9340, 18.4130), "Observatory": (-33.9380, 18.4720), "Bo-Kaap": (-33.9200, 18.4140),
               "Tamboerskloof": (-33.9310, 18.4040)},
        streets=("Protea Road", "Kloof Lane", "Vineyard Street", "Signal Close"),
        first_names=("Thandi", "Pieter", "Zanele", "Imran"), last_names=("Botha", "Dlamini", "Naidoo", "Jacobs"),
    ),
    DemoCity(
        name="Sydney", region="New South Wales", country_code="AU", currency="AUD", night_minor=21_000, step_minor=500,
        population=5_310_000, language="en",
        areas={"Newtown": (-33.8980, 151.1790), "Surry Hills": (-33.8850, 151.2110), "Paddington": (-33.8850, 151.2270),
               "Marrickville": (-33.9110, 151.1550), "Glebe": (-33.8800, 151.1850)},
        streets=("Wattle Street", "Banksia Lane", "Ferry Road", "Jacaranda Place"),
        first_names=("Ruby", "Lachlan", "Priya", "Noah"), last_names=("Walsh", "Nguyen", "Harris", "Bennett"),
    ),
)  # fmt: skip

#: What one euro was worth on an ordinary day, so that prices of all cities can be compared.
RATES = {
    "GBP": "0.86", "DKK": "7.46", "CZK": "24.9", "JPY": "164", "USD": "1.10", "MXN": "20.4", "ZAR": "19.8",
    "AUD": "1.66",
}  # fmt: skip

"""The statements of the text that b12watch implements, in our own words, and the hazards that it controls.

S1 to S24 are about treatment and follow-up of vitamin B12 deficiency anaemia; H1 to H25 are what can go wrong with
software that watches over it.  Source: sections 1 and 6.3 of the clinical reference.  The rules, the regimens and the
scenarios name them; `docs/catalogue.md` shows which does.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

STATEMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "S1": "Treat with hydroxocobalamin IM; neurological symptoms decide the regimen",
        "S2": "With neurological involvement: 1 mg IM on alternate days until no further improvement",
        "S3": "then 1 mg IM every 2 months",
        "S4": "With neurological involvement: urgent advice from neurology and from haematology",
        "S5": "Without: 1 mg IM three times a week for 2 weeks",
        "S6": "then 1 mg IM every 2-3 months, lifelong",
        "S7": "Or cyanocobalamin 100 ug by the US label: daily, alternate days, every 3-4 days, then monthly for life",
        "S8": "No folic acid before vitamin B12",
        "S9": "Measure both vitamin B12 and folate",
        "S10": "Consider methylmalonic acid where vitamin B12 is indeterminate",
        "S11": "Malabsorption, pernicious anaemia among it: parenteral and lifelong",
        "S12": "More than 20 cm of distal ileum resected: 1000 ug monthly for life, before any deficiency",
        "S13": "After bariatric surgery: vitamin B12 indefinitely",
        "S14": "1000-2000 ug by mouth daily may work even in pernicious anaemia",
        "S15": "In one small study most were no longer deficient after a month by mouth: about one in nine still was",
        "S16": "By mouth where preferred or where injections are contraindicated, with close monitoring",
        "S17": "With normal absorption: by mouth for long-term treatment",
        "S18": "Haemoglobin and serum vitamin B12 are normal within 2 months of the start",
        "S19": "Neurological symptoms begin to improve within 1 month",
        "S20": "Some people need intervals of their own, by symptoms and not by the serum level",
        "S21": "Maintenance by mouth may be intermittent, every 1-3 months",
        "S22": "Over 75: higher risk, monitor closely",
        "S23": "Vegans: fortified food or supplements",
        "S24": "With thrombocytopenia, IM is safe above 50 x10^9/L",
    }
)

HAZARDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "H1": "An alert is missed: a worker is down, or one message blocks the rest",
        "H2": "An alert is late: looked for only when a message comes",
        "H3": "An alert about the wrong patient",
        "H4": "Patients are merged or parted",
        "H5": "An old result is treated as new",
        "H6": "A result out of order or corrected is ignored",
        "H7": "Units are mixed up",
        "H8": "The amount of a dose slips by a thousand",
        "H9": "A dose charted twice hides one that was missed",
        "H10": "A partial or refused dose is counted as given",
        "H11": "An order or a supply is counted as a dose",
        "H12": "The wrong regimen, neurological involvement missed or late",
        "H13": "Loading is ended by inference",
        "H14": "A lifelong patient is dropped in silence",
        "H15": "A low platelet count delays a dose that is needed",
        "H16": "Clumped platelets look low",
        "H17": "Zone, daylight saving or a day without an hour shifts a due day",
        "H18": "A threshold is set wrongly",
        "H19": "Too many alerts",
        "H20": "A page is not delivered or not read",
        "H21": "A withdrawn alert is still acted on",
        "H22": "A normal vitamin B12 is shown as recovery",
        "H23": "Transfusion, lack of iron or of folate masks the response",
        "H24": "Identifiable data in a page or a log",
        "H25": "The record is taken for complete",
    }
)

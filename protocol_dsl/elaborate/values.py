"""The fixed sets of values of the language, as data.

Sources: ClinicalTrials.gov API v2 enumerations (lower case here), ICH M11 amendment reasons, ICH E9(R1) strategies;
last compared 2026-11.
"""

from __future__ import annotations

from typing import NamedTuple

SOFT = ("about", "up_to", "at_least", "at_most")
SHIFTS = ("none", "previous", "next", "nearest")
"""Where a visit is moved that falls on a day on which its site does not work."""

ENUMERATIONS: dict[str, tuple[str, ...]] = {
    "study_type": ("interventional", "observational", "expanded_access"),
    "phase": ("not_applicable", "early_phase_1", "phase_1", "phase_1_2", "phase_2", "phase_2_3", "phase_3", "phase_4"),
    "purpose": (
        "treatment",
        "prevention",
        "diagnostic",
        "supportive_care",
        "screening",
        "health_services_research",
        "basic_science",
        "device_feasibility",
        "ect",
        "other",
    ),
    "allocation": ("not_applicable", "randomized", "non_randomized"),
    "model": ("single_group", "parallel", "crossover", "factorial", "sequential"),
    "masking": ("none", "single", "double", "triple", "quadruple"),
    "masked": ("participant", "care_provider", "investigator", "outcomes_assessor"),
    "status": (
        "not_yet_recruiting",
        "recruiting",
        "enrolling_by_invitation",
        "active_not_recruiting",
        "completed",
        "suspended",
        "terminated",
        "withdrawn",
        "available",
        "no_longer_available",
        "temporarily_not_available",
        "approved_for_marketing",
        "withheld",
        "unknown",
    ),
    "site_status": (
        "not_yet_recruiting",
        "recruiting",
        "enrolling_by_invitation",
        "active_not_recruiting",
        "completed",
        "suspended",
        "terminated",
        "withdrawn",
        "available",
    ),
    "registry": (
        "clinicaltrials_gov",
        "eu_ctis",
        "eudract",
        "isrctn",
        "chictr",
        "jrct",
        "anzctr",
        "drks",
        "ctri",
        "who_utn",
        "other",
    ),
    "intervention": (
        "biological",
        "drug",
        "device",
        "procedure",
        "radiation",
        "behavioral",
        "genetic",
        "dietary_supplement",
        "diagnostic_test",
        "combination_product",
        "other",
    ),
    "arm_role": (
        "experimental",
        "active_comparator",
        "placebo_comparator",
        "sham_comparator",
        "no_intervention",
        "other",
    ),
    "level": ("primary", "secondary", "exploratory"),
    "sex": ("all", "female", "male"),
    "observational_model": (
        "cohort",
        "case_control",
        "case_only",
        "case_crossover",
        "ecologic_or_community",
        "family_based",
        "defined_population",
        "natural_history",
        "other",
    ),
    "time_perspective": ("retrospective", "prospective", "cross_sectional", "other"),
    "sampling": ("probability_sample", "non_probability_sample"),
    "biospecimen": ("none_retained", "samples_with_dna", "samples_without_dna"),
    "expanded_access_status": (
        "available",
        "no_longer_available",
        "temporarily_not_available",
        "approved_for_marketing",
    ),
    "expanded_access_for": ("individual", "intermediate", "treatment"),
    "organisation_class": ("nih", "fed", "other_gov", "indiv", "industry", "network", "ambig", "other", "unknown"),
    "responsible_party": ("sponsor", "principal_investigator", "sponsor_investigator"),
    "official_role": ("principal_investigator", "study_chair", "study_director", "sub_investigator"),
    "contact_role": ("contact", "principal_investigator", "study_chair", "study_director", "sub_investigator"),
    "grant": ("nih", "fda", "va", "cdc", "ahrq", "samhsa"),
    "ipd_sharing": ("yes", "no", "undecided"),
    "ipd_information": ("study_protocol", "sap", "icf", "csr", "analytic_code"),
    "publication": ("background", "result", "derived"),
    "date_type": ("estimated", "actual"),
    "amendment_reason": (
        "regulator_request",
        "new_guidance",
        "ethics_feedback",
        "new_safety_information",
        "manufacturing_change",
        "product_addition",
        "strategy_change",
        "standard_of_care",
        "new_data",
        "site_feedback",
        "recruitment_difficulty",
        "inconsistency",
        "design_error",
        "other",
    ),
    "amendment_scope": ("global", "not_global"),
    "amendment_impact": ("safety", "reliability"),
    "amendment_flag": ("substantial", "reconsent", "registry_30d", "edc", "enrolled"),
    "applies": ("new", "future_visits", "all"),
    "strategy": ("treatment_policy", "hypothetical", "composite", "while_on_treatment", "principal_stratum"),
    "category": (
        "eligibility",
        "consent",
        "demographics",
        "history",
        "physical",
        "vital_signs",
        "safety",
        "laboratory",
        "imaging",
        "cardiac",
        "virology",
        "immunogenicity",
        "pharmacokinetics",
        "pharmacodynamics",
        "biomarker",
        "efficacy",
        "response",
        "disease_activity",
        "patient_reported",
        "quality_of_life",
        "procedure",
        "medication",
        "logistics",
        "other",
    ),
}

BUILT_IN_EVENTS = {
    "consent": "Informed consent",
    "enrolment": "Enrolment",
    "randomization": "Randomisation",
    "death": "Death",
    "progression": "Progression",
    "relapse": "Relapse",
    "withdrawal": "Withdrawal",
    "toxicity": "Unacceptable toxicity",
    "end_of_study": "End of study",
    "release": "Product release",
}


class Limited(NamedTuple):
    """What a limit is about: what it is called, its unit (None for what is counted), and how a limit is written."""

    noun: str
    unit: str | None
    example: str
    is_visit: bool = False
    """Whether visits themselves are counted, so that a limit for each visit means nothing."""


LIMITED = {
    "blood": Limited("blood", "mL", "`blood 50 mL per 8 weeks`"),
    "draws": Limited("days with a blood draw", None, "`draws 2 per 1 week`", is_visit=True),
    "visits": Limited("visits", None, "`visits 20`", is_visit=True),
    "on_site_visits": Limited("visits on site", None, "`on_site_visits 15`", is_visit=True),
    "phone_visits": Limited("visits by phone or video", None, "`phone_visits 10`", is_visit=True),
    "procedures": Limited("procedures", None, "`procedures 15 per visit`"),
    "invasive": Limited("invasive procedures", None, "`invasive 3`"),
    "on_site_time": Limited("time on site", "time", "`on_site_time 8 h per visit`"),
    "questionnaire_time": Limited("time for questionnaires", "time", "`questionnaire_time 30 min per visit`"),
    "gap": Limited("the time between two visits", "time", "`gap 5 weeks`", is_visit=True),
}
"""What `limits` can hold."""
PRESETS = ("healthy_adult", "adult", "child", "minor_eu")
"""Published limits; their numbers and sources stand in `burden_limits.toml`."""

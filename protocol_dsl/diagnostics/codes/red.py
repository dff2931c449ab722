"""Codes about data dictionaries of REDCap, from wherever they come."""

from __future__ import annotations

from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, rule


@rule("RED001", "redcap-columns", ERROR)
class COLUMNS:
    """The first line does not name the columns of a data dictionary.

    What it means

    REDCap knows eighteen columns by their titles, in a fixed order; the API uses short names for the same.
    Dictionaries of old versions end after the matrix group or its ranking.

    Why it matters

    REDCap refuses the whole file, or reads values into the wrong columns.

    Example

        Variable,Form,Label

    Instead

        Variable / Field Name,Form Name,Section Header,Field Type,…
    """


@rule("RED002", "redcap-row", ERROR)
class ROW:
    """A row is broken, has more cells than columns, or a quote is not closed.

    What it means

    The file is CSV: a value with a comma, a quote or a line break stands in quotes, and a quote in it is
    doubled.

    Why it matters

    All that follows is read into the wrong columns.

    Example

        age,base,,text,Age, in years,

    Instead

        age,base,,text,"Age, in years",
    """


@rule("RED003", "redcap-name", ERROR)
class NAME:
    """A variable has no name, or one that REDCap does not take.

    What it means

    A name begins with a lower-case letter and goes on with lower-case letters, digits and `_`.

    Why it matters

    REDCap refuses the upload, or changes the name, and then the logic that uses it is wrong.

    Example

        Age-Years,base,,text,Age,

    Instead

        age_years,base,,text,Age,
    """


@rule("RED004", "redcap-duplicate", ERROR)
class DUPLICATE:
    """Two fields have the same name.

    What it means

    Names are unique in the whole project, not only in their form.

    Why it matters

    REDCap refuses the upload.

    Example

        weight,screening,… weight,follow_up,…

    Instead

        weight_scr,screening,… weight_fu,follow_up,…
    """


@rule("RED005", "redcap-reserved", ERROR)
class RESERVED:
    """A name is one that REDCap makes itself.

    What it means

    Reserved are names that begin with `redcap_`, those with three underscores (columns of a checkbox), and
    `FORM_complete` and `FORM_timestamp` of a form of the project.

    Why it matters

    The column collides with REDCap's own in every export.

    Example

        baseline_complete,baseline,,text,…

    Instead

        baseline_done,baseline,,text,…
    """


@rule("RED006", "redcap-name-too-long", ERROR)
class TOO_LONG:
    """A name is longer than 100 characters.

    What it means

    REDCap keeps names in a column of 100 characters.

    Why it matters

    The upload fails, or two names become one.

    Example

        a_name_of_more_than_a_hundred_characters_…

    Instead

        a_short_name
    """


@rule("RED007", "redcap-name-long", NOTE)
class LONG:
    """A name is longer than 26 characters.

    What it means

    REDCap advises at most 26 characters. Longer names work.

    Why it matters

    Statistics programs cut long names, and checkbox columns are longer still.

    Example

        date_of_the_first_lymphodepletion,…

    Instead

        ld1_date,…
    """


@rule("RED008", "redcap-form", ERROR)
class FORM:
    """A field has no form, or its form a name that REDCap does not take.

    What it means

    The name of a form is made of lower-case letters, digits and `_`.

    Why it matters

    REDCap refuses the upload.

    Example

        age,Base Line,,text,Age,

    Instead

        age,base_line,,text,Age,
    """


@rule("RED009", "redcap-form-split", ERROR)
class FORM_SPLIT:
    """The rows of a form do not stand together.

    What it means

    All fields of a form stand in consecutive rows.

    Why it matters

    REDCap refuses the upload.

    Example

        a,form_1,… b,form_2,… c,form_1,…

    Instead

        a,form_1,… c,form_1,… b,form_2,…
    """


@rule("RED010", "redcap-type", ERROR)
class TYPE:
    """There is no such type of field.

    What it means

    The types are text, notes, radio, dropdown, checkbox, yesno, truefalse, calc, file, slider, descriptive,
    and sql for administrators.

    Why it matters

    REDCap refuses the upload.

    Example

        age,base,,number,Age,

    Instead

        age,base,,text,Age,,,integer,
    """


@rule("RED011", "redcap-choices", ERROR)
class CHOICES:
    """A field of choices has none, or one that is malformed.

    What it means

    Choices are written `code, label | code, label`. Every choice has a code and a comma; a code has no
    comma and no `|`; a blank stands on each side of a `|`.

    Why it matters

    REDCap refuses the upload, or makes the label the code.

    Example

        sex,base,,radio,Sex,"1 Female | 2 Male",

    Instead

        sex,base,,radio,Sex,"1, Female | 2, Male",
    """


@rule("RED012", "redcap-code-twice", ERROR)
class CODE_TWICE:
    """A code stands twice among the choices.

    What it means

    Each choice of a field has a code of its own.

    Why it matters

    Two answers become one in the data, and nobody can tell them apart later.

    Example

        "1, Mild | 1, Severe"

    Instead

        "1, Mild | 2, Severe"
    """


@rule("RED013", "redcap-calculation", ERROR)
class CALCULATION:
    """A calculated field has no calculation.

    What it means

    The calculation of a `calc` field stands in the column of the choices.

    Why it matters

    The field stays empty for everybody.

    Example

        bmi,base,,calc,BMI,,

    Instead

        bmi,base,,calc,BMI,[weight]/([height])^(2),
    """


@rule("RED014", "redcap-validation", ERROR)
class VALIDATION:
    """There is no such validation, or the type of field takes none.

    What it means

    Text fields have validations such as integer, number, date_ymd or email; `number` shows the number of a
    slider; `autocomplete` goes with a dropdown and `signature` with a file. Sites can add validations of
    their own: name them with `--validation`.

    Why it matters

    REDCap refuses the upload.

    Example

        age,base,,text,Age,,,int,

    Instead

        age,base,,text,Age,,,integer,
    """


@rule("RED015", "redcap-limits", ERROR)
class LIMITS:
    """A limit stands on a field without validation, is malformed, or is above the other.

    What it means

    Limits go with a validation of numbers, dates or times. Dates are written year-month-day whatever the
    field shows. The smaller limit stands first.

    Why it matters

    REDCap refuses the upload, or never accepts a value.

    Example

        age,base,,text,Age,,,integer,80,18,

    Instead

        age,base,,text,Age,,,integer,18,80,
    """


@rule("RED016", "redcap-flag", ERROR)
class FLAG:
    """A column that is `y` or empty holds something else, or an alignment is unknown.

    What it means

    Identifier, required and ranking are `y` or empty; alignment is LV, LH, RV, RH or empty.

    Why it matters

    REDCap refuses the upload, or ignores what was meant: an identifier that is not marked is exported.

    Example

        … ,yes,

    Instead

        … ,y,
    """


@rule("RED017", "redcap-matrix", ERROR)
class MATRIX:
    """The rows of a matrix do not fit together.

    What it means

    The fields of a matrix stand in consecutive rows, are all radio or all checkbox, and have the same
    choices. A ranking goes with radio only.

    Why it matters

    REDCap refuses the upload, or tears the matrix apart.

    Example

        pain,… ,"0, No | 1, Yes",… m1, sleep,… ,"0, No | 1, A little",… m1

    Instead

        pain and sleep with the same choices
    """


@rule("RED018", "redcap-record-id", ERROR)
class RECORD_ID:
    """The first field cannot be the record's identifier.

    What it means

    The first row is the record id: a text field without branching and without choices.

    Why it matters

    REDCap takes whatever stands first as the identifier of the participants.

    Example

        sex,base,,radio,Sex,…

    Instead

        record_id,base,,text,Record ID,
    """


@rule("RED020", "redcap-logic", ERROR)
class LOGIC:
    """A logic or calculation cannot be read.

    What it means

    Brackets and quotes pair, quotes are plain, every part has both of its sides.

    Why it matters

    REDCap refuses the upload, or shows an error to everyone who opens the form.

    Example

        [sex] = “1”

    Instead

        [sex] = '1'
    """


@rule("RED021", "redcap-unknown-field", ERROR)
class UNKNOWN_FIELD:
    """A logic speaks of a field or event that there is not.

    What it means

    A name in square brackets is a field of the dictionary, an event of the project, or one of REDCap's
    smart variables.

    Why it matters

    REDCap refuses the upload; or the field is never shown.

    Example

        [sx] = '1'

    Instead

        [sex] = '1'
    """


@rule("RED022", "redcap-checkbox-code", ERROR)
class CHECKBOX_CODE:
    """A checkbox is asked for without a code, or another field with one.

    What it means

    Each box of a checkbox is a value of its own: `[rash(2)] = '1'`.

    Why it matters

    The condition is never true.

    Example

        [symptoms] = '2'

    Instead

        [symptoms(2)] = '1'
    """


@rule("RED023", "redcap-unknown-code", WARNING)
class UNKNOWN_CODE:
    """A field is compared with a code that is not among its choices.

    What it means

    The codes are those of the choices; yes/no has 1 and 0.

    Why it matters

    The condition is never true, or always.

    Example

        [sex] = '3'

    Instead

        [sex] = '2'
    """


@rule("RED024", "redcap-function", ERROR)
class FUNCTION:
    """There is no such function, or it is given too many or too few values.

    What it means

    The functions and their values are those that REDCap documents.

    Why it matters

    REDCap refuses the upload, or the field stays empty.

    Example

        avg([a],[b])

    Instead

        mean([a],[b])
    """


@rule("RED025", "redcap-datediff", ERROR)
class DATEDIFF:
    """The unit of `datediff` is none.

    What it means

    The units are 'y', 'M', 'd', 'h', 'm' and 's': M is a month and m a minute.

    Why it matters

    The difference is empty, or sixty times sixty too large.

    Example

        datediff([a],[b],'days')

    Instead

        datediff([a],[b],'d')
    """


@rule("RED026", "redcap-calc-text", WARNING)
class CALC_TEXT:
    """A calculation uses a text field.

    What it means

    A text field without a validation of numbers or dates may hold anything.

    Why it matters

    The result is empty, or wrong, whenever somebody writes a word.

    Example

        [weight] * 2, and weight is text without validation

    Instead

        weight with the validation number
    """


@rule("RED027", "redcap-later-field", NOTE)
class LATER_FIELD:
    """A field is shown by a field that stands later in its form.

    What it means

    Forms are filled in from top to bottom.

    Why it matters

    The field appears above the one that is being filled in, and is missed.

    Example

        a shown if [b] = '1', and b stands below

    Instead

        b above a
    """


@rule("RED028", "redcap-cycle", ERROR)
class CYCLE:
    """Calculations use each other in a circle.

    What it means

    A calculation may use others, but none that in the end uses it.

    Why it matters

    The values depend on the order in which forms are saved.

    Example

        a: [b] + 1, b: [a] + 1

    Instead

        a: [c] + 1, b: [a] + 1
    """


@rule("RED029", "redcap-power", WARNING)
class POWER:
    """A power without brackets on both of its sides.

    What it means

    REDCap asks for `([height])^(2)`.

    Why it matters

    The calculation is refused, or the wrong part is raised.

    Example

        [height]^2

    Instead

        ([height])^(2)
    """


@rule("RED030", "redcap-hidden-required", WARNING)
class HIDDEN_REQUIRED:
    """A field is required and nobody can fill it in.

    What it means

    It is required, and @HIDDEN or @READONLY stands in its annotation, without a default or a calculation.

    Why it matters

    The form can never be completed.

    Example

        … ,y, … ,@HIDDEN

    Instead

        not required, or not hidden
    """


@rule("RED031", "redcap-required-box", NOTE)
class REQUIRED_BOX:
    """A required checkbox of several boxes.

    What it means

    REDCap asks for at least one box; that none applies cannot be said.

    Why it matters

    People tick something to get on.

    Example

        symptoms, checkbox, required

    Instead

        a box `0, None of these` with @NONEOFTHEABOVE=0
    """


@rule("RED032", "redcap-markup", WARNING)
class MARKUP:
    """The markup of a label is not closed.

    What it means

    Labels may hold HTML; each tag that is opened is closed.

    Why it matters

    The rest of the form appears bold, small, or not at all.

    Example

        <b>Weight

    Instead

        <b>Weight</b>
    """


@rule("RED033", "redcap-formula", WARNING)
class FORMULA:
    """A cell begins with a sign that spreadsheets take for a formula.

    What it means

    `=`, `+`, `-` and `@` at the beginning of a cell. In the column of annotations `@` is meant.

    Why it matters

    Whoever opens and saves the file in a spreadsheet program changes it, and a hostile one can run
    commands.

    Example

        =1+1

    Instead

        '1+1 (text), or a label that begins with a word
    """


@rule("RED034", "redcap-label", WARNING)
class LABEL:
    """A field has no label.

    What it means

    The label is what people read beside the field.

    Why it matters

    Nobody knows what to enter.

    Example

        age,base,,text,,

    Instead

        age,base,,text,Age,
    """


@rule("RED035", "redcap-unmapped", ERROR)
class UNMAPPED:
    """A logic asks for a field at an event at which its form is not collected.

    What it means

    A field of another event is there only if its form is mapped to that event.

    Why it matters

    The value is always blank there.

    Example

        [month_3_arm_1][weight], and its form is not mapped to month 3

    Instead

        an event at which the form is collected
    """

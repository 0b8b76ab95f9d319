/// Why a file is not YAML that can be read.
package struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was found, in plain words, without a full stop.
    package let reason: String
    /// What to do about it, as whole sentences.
    package let advice: String
    /// Where it was found; always inside the file.
    package let range: YAMLRange
    /// Where the construct begins that could not be completed, when that is another line.
    package let began: YAMLMark?

    package init(reason: String, advice: String, range: YAMLRange, began: YAMLMark? = nil) {
        self.reason = reason
        self.advice = advice
        self.range = range
        self.began = began
    }

    package init(reason: String, advice: String, at mark: YAMLMark, began: YAMLMark? = nil) {
        self.init(reason: reason, advice: advice, range: YAMLRange(start: mark, end: mark), began: began)
    }

    package var description: String { "\(range.start): \(reason)" }
}

/// libyaml's own phrases (scanner.c, parser.c of 0.2.5) in words that say what to do.
struct YAMLProblem {
    let reason: String
    let advice: String
    /// Whether the fault is better shown where the construct begins than where libyaml gave up.
    let standsAtBeginning: Bool

    /// - Parameters:
    ///   - problem: libyaml's `problem`, such as `did not find expected key`.
    ///   - context: libyaml's `context`, such as `while parsing a block mapping`.
    init(problem: String, context: String) {
        standsAtBeginning =
            problem.contains("could not find expected ':'")
            || context.contains("quoted scalar") && problem.contains("found unexpected")
        if let row = YAMLProblem.table.first(where: { problem.contains($0.phrase) && context.contains($0.context) }) {
            reason = row.reason
            advice = row.advice
        } else {
            reason = context.isEmpty ? problem : "\(problem) \(context)"
            advice = "Correct the YAML here, or put the value in quotes."
        }
    }

    private typealias Row = (phrase: String, context: String, reason: String, advice: String)

    private static let indentation =
        "Keys of one mapping must begin in the same column, and so must the `-` of one list."

    private static let table: [Row] = [
        (
            "mapping values are not allowed", "", "a `:` that cannot stand here",
            "Put the value in quotes if the `:` belongs to it; otherwise begin the key on a line of its own."
        ),
        (
            "could not find expected ':'", "", "a key without its `:`",
            "Write `key: value`, or indent the text so that it belongs to the value above it."
        ),
        ("did not find expected key", "block mapping", "a line that fits no key of this mapping", indentation),
        ("did not find expected '-' indicator", "", "a line in a list that does not begin with `-`", indentation),
        (
            "did not find expected ',' or '}'", "", "a `{…}` that is not closed, or lacks a `,` between two keys",
            "Close the mapping with `}`, separate its keys with `,`, and put a value that holds `{` or `}` in quotes."
        ),
        (
            "did not find expected ',' or ']'", "", "a `[…]` that is not closed, or lacks a `,` between two items",
            "Close the list with `]`, separate its items with `,`, and put a value that holds brackets in quotes."
        ),
        (
            "found character that cannot start any token", "", "a character that cannot begin a value",
            "Indent with spaces instead of tabs; put a value that begins with `@`, `%` or a backtick in quotes."
        ),
        (
            "tab character", "", "a tab where spaces must indent",
            "Replace the tab with spaces."
        ),
        (
            "found unexpected end of stream", "quoted scalar", "a text in quotes that is not closed",
            "Add the closing quote."
        ),
        (
            "found unexpected document indicator", "quoted scalar", "a text in quotes that is not closed",
            "Add the closing quote before this line."
        ),
        (
            "found unknown escape character", "", "an escape that YAML does not know",
            "Write `\\\\` for a backslash, or use single quotes, in which nothing is escaped."
        ),
        (
            "did not find expected hexdecimal number", "", "an escape without its hexadecimal digits",
            "Write two digits after `\\x`, four after `\\u`, eight after `\\U`."
        ),
        (
            "found invalid Unicode character escape code", "", "an escape that names no Unicode character",
            "Use the code of a character; surrogates (D800 to DFFF) are none."
        ),
        (
            "did not find expected alphabetic or numeric character", "anchor", "an `&` without the anchor's name",
            "Put a value that begins with `&` in quotes."
        ),
        (
            "did not find expected alphabetic or numeric character", "alias", "a `*` without the alias' name",
            "Put a value that begins with `*` in quotes."
        ),
        (
            "block sequence entries are not allowed", "", "a `-` that cannot begin a list item here",
            "Begin the list on a line of its own, beneath its key."
        ),
        (
            "mapping keys are not allowed", "", "a `?` that cannot begin a key here",
            "Put a value that begins with `?` in quotes."
        ),
        (
            "did not find expected node content", "", "no value where one must stand",
            "Write the value, or `\"\"` for an empty text; put a value that begins with punctuation in quotes."
        ),
        (
            "did not find expected <document start>", "", "text that does not belong to what stands above it",
            indentation
        ),
        (
            "undefined tag handle", "", "a tag whose handle is not declared",
            "Remove the tag; put a value that begins with `!` in quotes."
        ),
        (
            "", "tag", "a tag that is not written right",
            "Remove the tag; put a value that begins with `!` in quotes."
        ),
        (
            "", "block scalar", "a text after `|` or `>` that is not written right",
            "Write `|` or `>` alone at the end of the line and indent every line of the text beneath it by spaces."
        ),
        (
            "", "directive", "a `%` line that YAML does not know",
            "Remove the line; put a value that begins with `%` in quotes."
        ),
        ("exceeded maximum", "", "lists and mappings nested too deeply", "Nest them less."),
    ]
}

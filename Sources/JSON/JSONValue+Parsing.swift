extension JSONValue {
    /// Reads one JSON value with nothing but white space around it, strictly by RFC 8259.
    ///
    /// Refused besides what the grammar refuses: a key given twice in one object, more than 256 arrays and objects
    /// within one another, text that is not UTF-8, a surrogate without its partner, a byte order mark, a number beyond
    /// `Double`. An integer beyond `Int` becomes a `number`, `-0` the number `-0.0`.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer(JSONParser.parse).get()
    }

    /// Reads one JSON value; see `init(parsing:)` for bytes.
    package init(parsing text: String) throws(JSONError) {
        var text = text
        self = try text.withUTF8(JSONParser.parse).get()
    }
}

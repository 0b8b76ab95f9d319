extension JSONValue {
    /// Reads one JSON value with nothing but white space around it, strictly by RFC 8259.
    ///
    /// Refused besides what the grammar refuses: a key given twice in one object, more than 256 arrays and objects
    /// within one another, text that is not UTF-8, a surrogate without its partner, a byte order mark, a number beyond
    /// `Double`. An integer beyond `Int` becomes a `number`, `-0` the number `-0.0`.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { JSONParser.parse($0) }.get()
    }

    /// Reads one JSON value as `init(parsing:)` does, but for the objects at a path of members, through arrays: each is kept as the
    /// text that it is, a string, for whoever may want to look into it. Keys given twice in them are not found.
    package init(parsing bytes: [UInt8], keepingText path: [String]) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { JSONParser.parse($0, keepingText: path) }.get()
    }

    /// Reads an object, as `init(parsing:)` does, but for the elements of its array `key`: each is given to `take` when it has been
    /// read, and is no part of the value. A long list so takes little more than its text. When this throws, elements may have been
    /// given that come before the fault. `begin` is given the members that come before the array, ahead of its elements. `path` is
    /// one of each element, as in `init(parsing:keepingText:)`.
    package init(
        parsing bytes: [UInt8], giving key: String, after begin: (JSONValue) -> Void = { _ in }, to take: (JSONValue) -> Void,
        keepingText path: [String] = []
    ) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer {
            JSONParser.parse($0, giving: key, after: begin, take, keepingText: path)
        }.get()
    }

    /// Reads one JSON value; see `init(parsing:)` for bytes.
    package init(parsing text: String) throws(JSONError) {
        var text = text
        self = try text.withUTF8 { JSONParser.parse($0) }.get()
    }
}

/// What is kept as the text that it is: the objects at a path of members, through arrays.
struct KeptText {
    var path: [String] = []
    /// Objects within one another so far; the one that the path begins in is the first.
    var level = 0
    /// How much of the path has been gone.
    var found = 0

    func isOnTheWay(_ key: String) -> Bool { level == found + 1 && found < path.count && path[found] == key }
    var isThere: Bool { found == path.count }
}

extension JSONParser {
    /// Passes over one value. All that the grammar asks is looked at; only keys that repeat are not found.
    mutating func skip() throws(Fault) {
        guard at < count else { throw fault("the text ends where a value was expected") }
        switch base[at] {
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "{"): try nested { parser throws(Fault) in try parser.skipObject() }
        case UInt8(ascii: "["):
            try nested { parser throws(Fault) in
                try parser.elements(of: "array", to: UInt8(ascii: "]")) { parser throws(Fault) in try parser.skip() }
            }
        // Without others in it, a value takes next to nothing.
        default: _ = try value()
        }
    }

    private mutating func skipObject() throws(Fault) {
        let start = at
        try elements(of: "object", to: UInt8(ascii: "}")) { parser throws(Fault) in
            try parser.key(in: start) { parser throws(Fault) in try parser.skipString() }
            try parser.skip()
        }
    }
}

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
        case UInt8(ascii: "{"):
            try nested { parser throws(Fault) in
                try parser.skipMembers(of: "object", to: UInt8(ascii: "}")) { parser throws(Fault) in try parser.skipMember() }
            }
        case UInt8(ascii: "["):
            try nested { parser throws(Fault) in
                try parser.skipMembers(of: "array", to: UInt8(ascii: "]")) { parser throws(Fault) in try parser.skip() }
            }
        // Without others in it, a value takes next to nothing.
        default: _ = try value()
        }
    }

    /// From the opening bracket to behind the closing one.
    @inline(__always)
    private mutating func skipMembers(
        of container: String, to end: UInt8, _ skipOne: (inout JSONParser) throws(Fault) -> Void
    ) throws(Fault) {
        let start = at
        at += 1
        skipSpace()
        if peek() == end {
            at += 1
            return
        }
        while true {
            skipSpace()
            try skipOne(&self)
            skipSpace()
            switch peek() {
            case UInt8(ascii: ","): at += 1
            case end:
                at += 1
                return
            default: throw expected("\",\" or \"\(Unicode.Scalar(end))\"", in: container, from: start)
            }
        }
    }

    private mutating func skipMember() throws(Fault) {
        guard peek() == UInt8(ascii: "\"") else { throw fault("\(found()) where a key in double quotes was expected") }
        try skipString()
        skipSpace()
        guard peek() == UInt8(ascii: ":") else { throw fault("\(found()) where \":\" was expected") }
        at += 1
        skipSpace()
        try skip()
    }

    private mutating func skipString() throws(Fault) {
        let start = at
        at += 1
        var run = at
        var ascii = true
        while at < count {
            switch base[at] {
            case UInt8(ascii: "\""):
                if !ascii { _ = try text(UnsafeBufferPointer(start: base + run, count: at - run), false, from: run) }
                at += 1
                return
            case UInt8(ascii: "\\"):
                if !ascii { _ = try text(UnsafeBufferPointer(start: base + run, count: at - run), false, from: run) }
                scratch.removeAll(keepingCapacity: true)
                try escape()
                run = at
                ascii = true
            case 0..<0x20: throw control(base[at])
            case 0x80...:
                ascii = false
                at += 1
            default: at += 1
            }
        }
        throw fault("the string that begins here does not end", at: start)
    }
}

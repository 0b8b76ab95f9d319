/// `${var.NAME}` in a text, the only thing that is filled in. `$${` stands for `${`.
struct Interpolation {
    enum Part: Equatable {
        case text(String)
        /// `${var.NAME}`, and which of the text's characters it takes (Unicode scalars, from 0).
        case variable(String, Range<Int>)
        /// A `${…}` that is something else, with what stands in it; nil when it is not closed.
        case unknown(String?, Range<Int>)
    }

    let parts: [Part]

    init(_ text: String) {
        let scalars = Array(text.unicodeScalars)
        var parts: [Part] = []
        var plain = String.UnicodeScalarView()
        var index = 0
        func opens(_ at: Int) -> Bool { at + 1 < scalars.count && scalars[at] == "$" && scalars[at + 1] == "{" }
        while index < scalars.count {
            if scalars[index] == "$", opens(index + 1) {
                plain.append(contentsOf: "${".unicodeScalars)
                index += 3
                continue
            }
            guard opens(index) else {
                plain.append(scalars[index])
                index += 1
                continue
            }
            if !plain.isEmpty { parts.append(.text(String(plain))) }
            plain = String.UnicodeScalarView()
            guard let end = scalars[index...].firstIndex(of: "}") else {
                parts.append(.unknown(nil, index..<scalars.count))
                index = scalars.count
                break
            }
            parts.append(Self.part(scalars[(index + 2)..<end], index..<(end + 1)))
            index = end + 1
        }
        if !plain.isEmpty { parts.append(.text(String(plain))) }
        self.parts = parts
    }

    private static func part(_ inside: ArraySlice<Unicode.Scalar>, _ range: Range<Int>) -> Part {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: inside)
        let content = String(view)
        let words = content.split(separator: " ")
        guard words.count == 1, let word = words.first, word.hasPrefix("var.") else { return .unknown(content, range) }
        return .variable(String(word.dropFirst(4)), range)
    }
}

import TestSupport
import Testing
import YAML

@Suite struct YAMLFuzzTests {
    static let good = """
        # The runtimes of ClientX
        kreform: v1
        base: &base {CURRENCY: EUR, "quoted": 'it''s', list: [1, 2.5, ~]}
        runtimes:
          - name: room-price   # é
            config: *base
            versions:
              - krt: a.krt
                text: |-
                  one
                    two
                folded: >+
                  three
                  four

                ? complex key
                : !!str value
          - {name: other, versions: []}

        """

    @Test func `A mutated file is a tree or an error with every place inside the file`() {
        var numbers = SeededGenerator(seed: 20)
        let interesting = Array("\n\t :-?[]{},#&*!|>'\"%@`\\<~\r".utf8) + [0, 0x7F, 0x80, 0xC3, 0xE2, 0xF0, 0xFF]
        var trees = 0
        for _ in 0..<6_000 {
            var bytes = Array(Self.good.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                let place = Int.random(in: 0..<max(1, bytes.count), using: &numbers)
                switch Int.random(in: 0..<5, using: &numbers) {
                case 0: bytes.insert(interesting.randomElement(using: &numbers) ?? 0, at: place)
                case 1 where !bytes.isEmpty: bytes.remove(at: place)
                case 2 where !bytes.isEmpty: bytes[place] = interesting.randomElement(using: &numbers) ?? 0
                case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &numbers)))
                default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 15)], at: place)
                }
            }
            let lines = lengths(of: bytes)
            do throws(YAMLError) {
                check(try YAMLNode(parsing: bytes), lines)
                trees += 1
            } catch {
                inside(error.range, lines)
            }
        }
        // Both outcomes must have been met, or the loop proves nothing.
        #expect(trees > 500 && trees < 5_500)
    }

    /// The number of characters of every line; a column may be one past it. Bytes that are not UTF-8 count one each.
    private func lengths(of bytes: [UInt8]) -> [Int] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self).unicodeScalars.count
        }
    }

    private func check(_ node: YAMLNode, _ lines: [Int]) {
        inside(node.range, lines)
        if let alias = node.alias { inside(alias, lines) }
        switch node.kind {
        case .scalar: break
        case .sequence(let items): for item in items { check(item, lines) }
        case .mapping(let pairs):
            for pair in pairs {
                check(pair.key, lines)
                check(pair.value, lines)
            }
        }
    }

    private func inside(_ range: YAMLRange, _ lines: [Int]) {
        for mark in [range.start, range.end] {
            guard mark.line >= 1, mark.line <= lines.count, mark.column >= 1, mark.column <= lines[mark.line - 1] + 1
            else {
                Issue.record("\(mark) is outside a file of \(lines.count) lines")
                return
            }
        }
        #expect(range.start <= range.end)
    }
}

import KRT
import Model
import TestSupport
import Testing

@Suite struct ManifestFuzzTests {
    static let v2 = """
        krtVersion: v2
        version: mail-v1
        description: "Sorts mail: \\u00e9 and more."
        entrypoint: &e
          proto: public_input.proto
          image: konstellation/kre-entrypoint:latest
        config:
          variables: [CURRENCY]
          files: [RULES]
        workflows:
          - name: classify
            entrypoint: MakePrediction
            exitpoint: model
            nodes:
              - {name: etl, image: &py "kre-py:2", src: src/etl.py, gpu: false, subscriptions: [entrypoint, model.again]}
              - name: model
                image: *py
                src: src/model.py
                replicas: 2
                objectStore:
                  name: mails
                  scope: project
                subscriptions:
                  - 'etl'
                  - etl.early

        """

    private static let words = [
        "name", "krtVersion: v1", "version", "entrypoint", "nodes:", "*py", "&x ", "<<: ", "!!str ", "null", "~", "[", "]", "{",
        "}", ": ", "- ", "\n", "\r\n", "\t", "\"", "'", "|\n", "é", "\u{0}", "\u{2028}", "\u{FEFF}", "#", ".", "  ", "etl", "-1",
        "model, ", "workflows:\n  - name: x\n", "--- ",
    ].map { Array($0.utf8) } + [[0xFF], [0xC3]]

    @Test(arguments: [(KRTTests.good, 1), (v2, 2)] as [(String, UInt64)])
    func aMutatedManifestIsReadOrExplainedWithEveryPlaceInsideIt(_ manifest: String, _ seed: UInt64) {
        let folder = TemporaryFolder()
        var numbers = SeededGenerator(seed: seed)
        var files = PackageFiles()
        var sound = 0
        var codes: Set<String> = []
        for _ in 0..<2_000 {
            let bytes = Self.mutated(Array(manifest.utf8), &numbers)
            files.bytes["krt.yml"] = bytes
            let path = folder.write(files.packed(), to: "fuzz.krt")
            let result = KRT.read(path: path)
            #expect((result.package == nil) == result.diagnostics.hasErrors)
            sound += result.package == nil ? 0 : 1
            codes.formUnion(result.diagnostics.map(\.code))
            check(result.diagnostics, in: bytes, of: path)
        }
        // Both outcomes and many faults must have been met, or the loop proves nothing.
        #expect(sound > 40 && sound < 1_600, "\(sound) of 2,000 are sound")
        #expect(codes.count >= 12, "\(codes.sorted())")
    }

    private static func mutated(_ manifest: [UInt8], _ numbers: inout SeededGenerator) -> [UInt8] {
        var bytes = manifest
        for _ in 0..<Int.random(in: 1...4, using: &numbers) {
            let place = Int.random(in: 0..<bytes.count, using: &numbers)
            let length = min(Int.random(in: 1...12, using: &numbers), bytes.count - place)
            let word = words.randomElement(using: &numbers) ?? []
            switch Int.random(in: 0..<4, using: &numbers) {
            case 0: bytes.insert(contentsOf: word, at: place)
            case 1 where length < bytes.count: bytes.removeSubrange(place..<(place + length))
            case 2: bytes.insert(contentsOf: bytes[place..<(place + length)], at: place)
            default: bytes.replaceSubrange(place..<(place + 1), with: word)
            }
        }
        return bytes
    }

    private func check(_ diagnostics: [Diagnostic], in bytes: [UInt8], of path: String) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self).unicodeScalars.count
        }
        for diagnostic in diagnostics {
            guard let span = diagnostic.span else {
                Issue.record("\(diagnostic.code) has no place")
                continue
            }
            let isInside = [span.start, span.end].allSatisfy { (place: SourcePosition) -> Bool in
                guard place.line >= 1, place.line <= lines.count else { return false }
                return place.column >= 1 && place.column <= lines[place.line - 1] + 1
            }
            #expect(isInside && span.start <= span.end, "\(diagnostic.code) at \(span.start) to \(span.end) in \(bytes)")
            #expect(span.file == "\(path):krt.yml")
            #expect(diagnostic.excerpt?.number == span.start.line)
        }
    }
}

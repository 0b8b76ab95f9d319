import Configuration
import FoundationEssentials
import Model
import TestSupport
import Testing

@Suite struct ConfigurationFuzzTests {
    @Test func `A mutated file is read or explained, with every place inside it and no secret shown`() async throws {
        var numbers = SeededGenerator(seed: 7)
        let folder = try TestFolder(LoadedStateTests.packages + [("certs/a.pem", "x")])
        let words = [
            "name", "status", "published", "${var.token}", "${", "*x", "&x ", "<<: ", "!!str ", "null", "~", "[", "]",
            "{", "}", ": ", "- ", "\n", "\t", "\"", "'", "|\n", "é", "\u{0}", "#", "engine",
            "runtimes: ", "  ", "krt: ",
        ].map { Array($0.utf8) }
        var good = 0
        for _ in 0..<1_500 {
            var bytes = Array(LoadedStateTests.product.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                let place = Int.random(in: 0..<bytes.count, using: &numbers)
                let length = min(Int.random(in: 1...12, using: &numbers), bytes.count - place)
                switch Int.random(in: 0..<4, using: &numbers) {
                case 0: bytes.insert(contentsOf: words.randomElement(using: &numbers) ?? [], at: place)
                case 1: bytes.removeSubrange(place..<(place + length))
                case 2: bytes.insert(contentsOf: bytes[place..<(place + length)], at: place)
                default: bytes.replaceSubrange(place..<(place + 1), with: words.randomElement(using: &numbers) ?? [])
                }
            }
            try Data(bytes).write(to: URL(filePath: folder.path + "/kreform.yaml"))
            let loaded = await folder.load(Inputs(environment: ["API_SECRET": "hunter3"]))
            #expect((loaded.desired == nil) == loaded.diagnostics.hasErrors)
            good += loaded.desired == nil ? 0 : 1
            check(loaded, bytes, folder)
        }
        // Both outcomes must have been met, or the loop proves nothing.
        #expect(good > 30 && good < 1_400)
    }

    private func check(_ loaded: LoadedState, _ bytes: [UInt8], _ folder: TestFolder) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self).unicodeScalars.count
        }
        for diagnostic in loaded.diagnostics {
            guard let span = diagnostic.span else {
                Issue.record("\(diagnostic.code) has no place")
                continue
            }
            #expect(span.file == folder.path + "/kreform.yaml")
            #expect(span.start <= span.end)
            for place in [span.start, span.end] {
                let isInside = place.line >= 1 && place.line <= lines.count && place.column >= 1
                    && place.column <= lines[place.line - 1] + 1
                #expect(isInside, "\(diagnostic.code) at \(place)")
            }
            #expect(!diagnostic.summary.contains("hunter3") && !diagnostic.detail.contains("hunter3"))
        }
    }
}

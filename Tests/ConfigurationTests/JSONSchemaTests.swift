import Configuration
import FoundationEssentials
import JSON
import TestSupport
import Testing

@Suite struct JSONSchemaTests {
    @Test func `The schema for editors is the reader's own`() throws {
        let path = CaseFile.folder() + "/schema.json"
        let text = LoadedState.jsonSchema.encoded(.pretty) + "\n"
        if ProcessInfo.processInfo.environment["KREFORM_RECORD"] == "1" {
            try Data(text.utf8).write(to: URL(filePath: path))
        }
        #expect(text == String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self))
    }
}

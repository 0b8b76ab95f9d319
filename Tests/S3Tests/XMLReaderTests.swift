import Testing

@testable import S3

@Suite struct XMLReaderTests {
    private func read(_ text: String) -> XMLElement? { XMLReader.read(Array(text.utf8)) }

    @Test func elementsComeWithTheirTextAndChildren() throws {
        let root = try #require(read("""
             <?xml version="1.0" encoding="UTF-8"?>
            <!-- c --><List xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Key a='>'>a &amp; b&#x20;&#99;</Key><Empty/>
            <ns:Key><![CDATA[<&>]]></ns:Key></List>

            """))
        #expect(root.name == "List")
        #expect(root.all("Key").map(\.text) == ["a & b c", "<&>"])
        #expect(root["Empty"]?.text == "")
        #expect(root.text("None") == nil)
    }

    @Test func whatIsNotWellFormedIsRefused() {
        for text in [
            "", "x", "<a>", "<a></b>", "<a/><b/>", "<a>&nope;</a>", "<a>&#xD800;</a>", "<a b></a>", "<a b=c></a>", "<a><!-- </a>",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", "<a>&amp</a>", "{\"a\": 1}",
        ] {
            #expect(read(text) == nil, "\(text)")
        }
    }

    @Test func depthHasALimit() {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(read(nested(32)) != nil)
        #expect(read(nested(33)) == nil)
        #expect(read(nested(100_000)) == nil)
    }
}

import TestSupport
import Testing
import WireJSON

@Suite struct JSONWriterTests {
    @Test func commasStandBetweenMembersAndElementsOnly() {
        var writer = JSONWriter()
        writer.object {
            $0.key("a")
            $0.int(-12)
            $0.key("b")
            $0.array {
                $0.bool(true)
                $0.null()
                $0.double(0.5)
                $0.double(.infinity)
                $0.array { _ in }
                $0.object { _ in }
                $0.string("")
            }
            $0.key("c\"d")
            $0.value(Array("{}".utf8))
        }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == #"{"a":-12,"b":[true,null,0.5,null,[],{},""],"c\"d":{}}"#
        )
    }

    @Test func documentsInOneBufferAreNotJoined() {
        var writer = JSONWriter(Array("data: ".utf8))
        writer.object { _ in }
        writer.raw("\n")
        writer.object { _ in }
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "data: {}\n{}")
    }

    @Test(arguments: 0..<20)
    func stringsAreReadBackAsTheyWere(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...24, using: &random) {
                let bound: UInt32 = [0x23, 0x80, 0x100, 0x10000, 0x110000][Int.random(in: 0..<5, using: &random)]
                if let scalar = UnicodeScalar(UInt32.random(in: 0..<bound, using: &random)) { scalars.append(scalar) }
            }
            var writer = JSONWriter()
            writer.string(String(scalars))
            #expect(try OracleJSON.read(writer.bytes) == .string(String(scalars)))
            #expect(try OracleJSON.foundation(writer.bytes) == .string(String(scalars)))
        }
    }

    @Test(arguments: [0, 7, 10, -1, 123_456, .max, .min])
    func integersAreReadBackAsTheyWere(value: Int) throws {
        var writer = JSONWriter()
        writer.int(value)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "\(value)")
    }

    @Test(arguments: [0.1, 1e300, .leastNonzeroMagnitude, -0.0, 1e20, 1e-5, 20000])
    func doublesAreReadBackAsTheyWere(value: Double) throws {
        var writer = JSONWriter()
        writer.double(value)
        #expect(try OracleJSON.read(writer.bytes) == .number(value))
        #expect(try OracleJSON.foundation(writer.bytes) == .number(value))
    }
}

import StigmerProtos
import SwiftProtobuf
import Testing

@testable import ExecutionService

/// What is read by hand must be what SwiftProtobuf reads; what it refuses, and what is unusual, is left to it.
@Suite struct HandreadJSONTests {
    static let usual = [
        #"{}"#,
        #"{"spec":{}}"#,
        #"{"spec":{"message":""}}"#,
        #"{"spec":{"message":"hello"}}"#,
        " {\t\"spec\" :\r\n { \"message\" : \"hello\" } } \n",
        #"{"spec":{"message":"hello","execution_config":{"model_name":"qwen2.5:0.5b"}}}"#,
        #"{"spec":{"executionConfig":{"modelName":"m"},"message":"hello"}}"#,
        #"{"spec":{"message":"hello","execution_config":{}}}"#,
        #"{"spec":{"execution_config":{"temperature":0}}}"#,
        #"{"spec":{"execution_config":{"temperature":-0.0,"max_tokens":0}}}"#,
        #"{"spec":{"execution_config":{"temperature":0.7,"max_tokens":4096}}}"#,
        #"{"spec":{"execution_config":{"temperature":1e-1,"maxTokens":2147483647}}}"#,
        #"{"spec":{"execution_config":{"temperature":1.7976931348623157e308,"maxTokens":-2147483648}}}"#,
        #"{"spec":{"execution_config":{"temperature":0.1000000000000000055511151231257827021181583404541015625}}}"#,
        #"{"spec":{"message":"a \"quote\", a \\ and \/, \b\f\n\r\t, \u00e9, \u0000, é, 😀, \uffff"}}"#,
    ]

    static let other = [
        #"{"spec":{"message":"a","message":"b"}}"#,
        #"{"spec":{"message":"a"},"spec":{}}"#,
        #"{"spec":{"execution_config":{"model_name":"a","modelName":"b"}}}"#,
        #"{"spec":{"message":null}}"#,
        #"{"spec":null}"#,
        #"{"spec":{"execution_config":null}}"#,
        #"{"spec":{"execution_config":{"temperature":"0.5"}}}"#,
        #"{"spec":{"execution_config":{"temperature":"NaN"}}}"#,
        #"{"spec":{"execution_config":{"temperature":1e999}}}"#,
        #"{"spec":{"execution_config":{"max_tokens":2147483648}}}"#,
        #"{"spec":{"execution_config":{"max_tokens":1.5}}}"#,
        #"{"spec":{"execution_config":{"max_tokens":"5"}}}"#,
        #"{"\u0073pec":{"message":"a"}}"#,
        #"{"spec":{"message":"a","runtime_env":{"K":{"value":"v","is_secret":true}}}}"#,
        #"{"kind":"AgentExecution","spec":{"message":"a"}}"#,
        #"{"metadata":{"name":"n"},"spec":{"message":"a"}}"#,
        #"{"spec":{"message":"a","unknown":1}}"#,
        #"{"spec":{"message":1}}"#,
        #"{"spec":{"message":"\ud83d"}}"#,
        #"{"spec":{"message":"\x"}}"#,
        "{\"spec\":{\"message\":\"a\u{1}b\"}}",
        #"{"spec":{"message":"a"}}}"#,
        #"{"spec":{"message":"a"},}"#,
        #"{"spec":{"message":"a"}"#,
        #"["spec"]"#,
        #"null"#,
        "",
        "  ",
    ]

    @Test(arguments: usual)
    func theUsualFormIsReadAsSwiftProtobufReadsIt(json: String) throws {
        #expect(AgentExecution(usualJSON: Array(json.utf8)) == (try AgentExecution(jsonString: json)))
    }

    /// SwiftProtobuf 1.39 loses a bit of every other plane: it reads U+20000 as U+10000.
    @Test func aPairOfSurrogatesIsOneCharacterOfAnyPlane() throws {
        for (escaped, character) in [(#"\ud83d\ude00"#, "😀"), (#"\ud840\udc00"#, "\u{20000}")] {
            let json = #"{"spec":{"message":"\#(escaped)"}}"#
            let read = try #require(AgentExecution(usualJSON: Array(json.utf8)))
            #expect(read.spec.message == character)
        }
    }

    @Test(arguments: other)
    func anyOtherFormIsLeftToSwiftProtobuf(json: String) {
        #expect(AgentExecution(usualJSON: Array(json.utf8)) == nil)
    }

    /// Every text that differs in one byte from a usual one: what is read by hand at all is read the same.
    @Test(arguments: usual.filter { $0.utf8.count > 60 })
    func aByteAddedChangedOrLostIsReadAsSwiftProtobufReadsIt(json: String) {
        let whole = Array(json.utf8)
        var texts = whole.indices.map { Array(whole[..<$0]) }
        for byte in Array(#"{}":,\ 0-1.eu"#.utf8) + [0x1F, 0xC3] {
            for place in whole.indices {
                var changed = whole
                changed[place] = byte
                texts.append(changed)
                var longer = whole
                longer.insert(byte, at: place)
                texts.append(longer)
            }
        }
        for text in texts {
            guard let read = AgentExecution(usualJSON: text) else { continue }
            let shown = String(decoding: text, as: UTF8.self)
            #expect(read == (try? AgentExecution(jsonUTF8Bytes: text)), "\(shown)")
        }
    }
}

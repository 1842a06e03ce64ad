import CZlib
import Failures
import Testing

@testable import ExecutionService

@Suite struct GzipTests {
    @Test(arguments: [0, 1, 16 * 1024, 16 * 1024 + 1, 1_000_000])
    func whatWasCompressedComesBack(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 31 >> 3) }
        #expect(try Gzip.decompressed(gzip(bytes), limit: count) == bytes)
    }

    @Test func theLimitIsExact() throws {
        let packed = gzip([UInt8](repeating: 7, count: 100_000))
        #expect(try Gzip.decompressed(packed, limit: 100_000).count == 100_000)
        let error = #expect(throws: ServiceError.self) { try Gzip.decompressed(packed, limit: 99_999) }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.status == 413)
    }

    /// 100 MB in 100 KB: it must be refused without being unpacked.
    @Test func aBombIsNotUnpacked() {
        let bomb = gzip([UInt8](repeating: 0, count: 100_000_000))
        #expect(bomb.count < 200_000)
        let error = #expect(throws: ServiceError.self) { try Gzip.decompressed(bomb, limit: 1 << 20) }
        #expect(error?.status == 413)
    }

    @Test func whatIsNotGzipIsRefused() {
        let packed = gzip(Array("hello, hello, hello".utf8))
        let cuts = (0..<packed.count).map { Array(packed[..<$0]) }
        var wrongSum = packed
        wrongSum[packed.count - 8] ^= 1
        let others = [Array("plain".utf8), packed + [0], packed + packed, [0x1F, 0x8B], wrongSum]
        for bytes in cuts + others {
            let error = #expect(throws: ServiceError.self) { try Gzip.decompressed(bytes, limit: 1000) }
            #expect(error?.code == .invalidArgument)
        }
    }
}

/// Compresses as a client does.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer { stream.deallocate() }
    deflateInit2_(
        stream,
        6,
        Z_DEFLATED,
        15 + 16,
        8,
        Z_DEFAULT_STRATEGY,
        ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)
    )
    defer { deflateEnd(stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 1000 + 1024)
    let count = input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            _ = deflate(stream, Z_FINISH)
            return output.count - Int(stream.pointee.avail_out)
        }
    }
    return Array(output[..<count])
}

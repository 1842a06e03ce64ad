import CZlib

/// Takes gzip off a request, which Connect's clients put on by default.
enum Gzip {
    /// - Parameter limit: more bytes than this are refused: a small body may stand for gigabytes.
    static func decompressed(_ bytes: some Collection<UInt8>, limit: Int) throws(ServiceError) -> [UInt8] {
        // zlib keeps the stream's address, so it must not move from call to call.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        guard czlib_begin_gunzip(stream) == Z_OK else { throw ServiceError(.internal, "zlib cannot be initialised") }
        defer { inflateEnd(stream) }
        var input = Array(bytes)
        var output: [UInt8] = []
        var code = Z_OK
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(clamping: input.count)
            while code == Z_OK && output.count <= limit {
                chunk.withUnsafeMutableBufferPointer { chunk in
                    stream.pointee.next_out = chunk.baseAddress
                    stream.pointee.avail_out = UInt32(clamping: chunk.count)
                    code = inflate(stream, Z_NO_FLUSH)
                    output.append(contentsOf: chunk.prefix(chunk.count - Int(stream.pointee.avail_out)))
                }
            }
        }
        guard output.count <= limit else {
            throw ServiceError(.resourceExhausted, "the decompressed body is over \(limit) bytes", status: 413)
        }
        guard code == Z_STREAM_END, stream.pointee.avail_in == 0 else {
            throw .invalid("the body is not gzip, though the request says so")
        }
        return output
    }
}

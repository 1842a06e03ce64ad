import Foundation
import Synchronization

/// An OpenAI API for a crowd: one thread, a small piece to every caller now and then, until the caller closes.
///
/// A request is told by the number in its message, `caller-17;`.
final class CrowdUpstream: Sendable {
    struct Failure: Error {}

    private struct State {
        var begun: Set<Int> = []
        var closed: [Int: ContinuousClock.Instant] = [:]
        var open = 0
        var isStopped = false
    }

    private let state = Mutex(State())
    let port: UInt16

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 4096) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw Failure() }
        port = UInt16(bigEndian: address.sin_port)
        _ = fcntl(listener, F_SETFL, O_NONBLOCK)
        Thread.detachNewThread { [weak self] in Self.serve(listener) { self } }
    }

    deinit { state.withLock { $0.isStopped = true } }

    var url: String { "http://127.0.0.1:\(port)" }
    /// The callers whose requests have come.
    var begun: Set<Int> { state.withLock { $0.begun } }
    /// When each caller's connection was seen to be closed.
    var closed: [Int: ContinuousClock.Instant] { state.withLock { $0.closed } }
    /// Connections that are open now.
    var open: Int { state.withLock { $0.open } }

    private struct Peer {
        var caller: Int?
        var request: [UInt8] = []
    }

    private static let head = Array(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n".utf8
    )
    private static let piece: [UInt8] = {
        let text = Dialect.openAI.text("x")
        return Array("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n".utf8)
    }()

    /// Holds its upstream only while it tells it something, so that releasing the upstream ends the thread.
    private static func serve(_ listener: Int32, _ upstream: () -> CrowdUpstream?) {
        var peers: [Int32: Peer] = [:]
        var nextPiece = ContinuousClock.now
        while let upstream = upstream() {
            var watched = ([listener] + peers.keys).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            _ = poll(&watched, nfds_t(watched.count), 20)
            for entry in watched where entry.revents != 0 {
                if entry.fd == listener {
                    while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
                        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
                        peers[descriptor] = Peer()
                    }
                } else if let peer = peers[entry.fd] {
                    peers[entry.fd] = upstream.read(entry.fd, peer)
                }
            }
            if nextPiece < .now {
                nextPiece = .now + .milliseconds(250)
                for (descriptor, peer) in peers where peer.caller != nil {
                    _ = send(descriptor, piece, piece.count, Int32(MSG_NOSIGNAL))
                }
            }
            upstream.state.withLock { $0.open = peers.count }
        }
        for descriptor in peers.keys { close(descriptor) }
        close(listener)
    }

    /// Takes in what has come.
    ///
    /// - Returns: nil for a connection that has ended.
    private func read(_ descriptor: Int32, _ peer: Peer) -> Peer? {
        var peer = peer
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 && errno == EAGAIN { return peer }
        guard count > 0 else {
            if let caller = peer.caller { state.withLock { $0.closed[caller] = .now } }
            close(descriptor)
            return nil
        }
        guard peer.caller == nil else { return peer }
        peer.request += buffer[..<count]
        let text = String(decoding: peer.request, as: UTF8.self)
        if text.hasPrefix("GET ") {
            let answer = Array("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
            _ = send(descriptor, answer, answer.count, Int32(MSG_NOSIGNAL))
        } else if let name = text.firstRange(of: "caller-"),
            let number = Int(text[name.upperBound...].prefix(while: \.isNumber)), text[name.upperBound...].contains(";")
        {
            peer.caller = number
            peer.request = []
            state.withLock { _ = $0.begun.insert(number) }
            _ = send(descriptor, Self.head, Self.head.count, Int32(MSG_NOSIGNAL))
            _ = send(descriptor, Self.piece, Self.piece.count, Int32(MSG_NOSIGNAL))
        }
        return peer
    }
}

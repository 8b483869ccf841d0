using ClipSharp.Server.Requests;

namespace ClipSharp.Server.Limits;

/// <summary>The bounded room in front of the model. A request enters before its body is read, by its declared length; when the
/// body is known, its pictures and tokens enter too. What finds no room is refused at once and takes no memory: a caller that
/// comes again later is better served than one that waits behind a thousand others.</summary>
internal sealed class Admission(ServerLimits limits)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _empty;
    private long _requests, _bytes, _pictures, _tokens;

    /// <summary>Requests under way.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Pictures that wait or compute.</summary>
    public long Pictures => Interlocked.Read(ref _pictures);

    /// <summary>Tokens that wait or compute, at most.</summary>
    public long Tokens => Interlocked.Read(ref _tokens);

    /// <summary>Lets a request in.</summary>
    /// <param name="bytes">Of its body, as declared; null where it is not.</param>
    /// <returns>Its place, to be disposed when it is answered; null when there is no room.</returns>
    public Place? TryEnter(long? bytes)
    {
        var claimed = bytes ?? limits.BodyBytes;
        lock (_gate)
        {
            // One request fits always: a body within its own limit must not be refused for ever.
            if (_requests >= limits.Requests || (_requests > 0 && _bytes + claimed > limits.WaitingBytes))
            {
                return null;
            }

            _requests++;
            _bytes += claimed;
            return new Place(this, claimed);
        }
    }

    /// <summary>Ends when no request is under way.</summary>
    public Task Empty()
    {
        lock (_gate)
        {
            return _requests == 0 ? Task.CompletedTask
                : (_empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>What one request holds.</summary>
    public sealed class Place(Admission room, long bytes) : IDisposable
    {
        private long _pictures, _tokens;
        private bool _hasLeft;

        /// <summary>Lets the request's pictures and texts in.</summary>
        /// <param name="pictures">How many.</param>
        /// <param name="tokens">The most that its texts can be.</param>
        /// <exception cref="RequestFault">There is no room now (429), or never (413).</exception>
        public void Add(long pictures, long tokens)
        {
            var limits = room.Limits;
            if (pictures > limits.WaitingPictures || tokens > limits.WaitingTokens)
            {
                throw new RequestFault(StatusCodes.Status413PayloadTooLarge, FormattableString.Invariant(
                    $"{pictures} pictures and up to {tokens} tokens are more than this server takes at once ")
                    + FormattableString.Invariant($"({limits.WaitingPictures} and {limits.WaitingTokens}): send fewer."));
            }

            lock (room._gate)
            {
                if (room._pictures + pictures > limits.WaitingPictures || room._tokens + tokens > limits.WaitingTokens)
                {
                    throw RequestFault.Full();
                }

                room._pictures += pictures;
                room._tokens += tokens;
                _pictures += pictures;
                _tokens += tokens;
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            lock (room._gate)
            {
                if (_hasLeft)
                {
                    return;
                }

                _hasLeft = true;
                room._pictures -= _pictures;
                room._tokens -= _tokens;
                room._bytes -= bytes;
                if (--room._requests == 0)
                {
                    room._empty?.TrySetResult();
                    room._empty = null;
                }
            }
        }
    }

    private ServerLimits Limits => limits;
}

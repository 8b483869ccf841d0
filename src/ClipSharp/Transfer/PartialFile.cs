namespace ClipSharp.Transfer;

/// <summary>The part of something that has been received, on disk, with its hash so far.</summary>
/// <param name="stream">The part, new or kept; owned by the caller.</param>
/// <param name="hash">Goes along.</param>
/// <param name="expected">Bytes of the whole; null = the sender says it, or nobody knows.</param>
/// <param name="most">How long it may become.</param>
/// <param name="refuse">The refusal of a content of another length, from what was found and what was expected.</param>
internal sealed class PartialFile(FileStream stream, IContentHash hash, long? expected, long most,
    Func<string, string, ClipException> refuse)
{
    private const int BufferLength = 1 << 18;

    private long? _told; // by the sender

    /// <summary>How many bytes there are.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes of the whole, as far as is known.</summary>
    public long? WholeLength => expected ?? _told;

    /// <summary>Whether all is there.</summary>
    public bool IsWhole => Length == WholeLength;

    /// <summary>Takes up what an earlier try left.</summary>
    public async Task ReadKeptAsync(CancellationToken cancel)
    {
        if (stream.Length > (WholeLength ?? 0))
        {
            Restart();
            return;
        }

        var buffer = new byte[BufferLength];
        for (int count; (count = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
        {
            hash.Append(buffer.AsSpan(0, count));
            Length += count;
        }
    }

    /// <summary>Whether a delivery can be appended; one that begins at the first byte begins anew.</summary>
    /// <exception cref="ClipException">It is about something of another length.</exception>
    /// <exception cref="PassingFault">It begins elsewhere, though all was asked for.</exception>
    public bool Continues(RemoteContent content)
    {
        if (content.From != Length)
        {
            var isAll = content.From == 0;
            if (!isAll && Length == 0)
            {
                throw new PassingFault($"bytes from {content.From} where all were asked for");
            }

            Restart();
            if (!isAll)
            {
                return false;
            }
        }

        if (content.Length is { } length)
        {
            if (expected is not null && length != expected)
            {
                throw refuse($"{length} bytes", $"{expected} bytes");
            }

            _told = length;
            RequireRoom(length);
        }

        return true;
    }

    /// <summary>Appends what was received.</summary>
    /// <exception cref="ClipException">It is more than the whole, or than may be.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (WholeLength is { } whole && bytes.Length > whole - Length)
        {
            throw refuse($"more than {whole} bytes", $"{whole} bytes");
        }

        RequireRoom(Length + bytes.Length);
        stream.Write(bytes);
        hash.Append(bytes);
        Length += bytes.Length;
    }

    /// <summary>The sender has ended in good order, and nobody knew the length before.</summary>
    public void End() => _told ??= Length;

    /// <summary>Forgets all of it.</summary>
    public void Restart()
    {
        stream.SetLength(0);
        hash.Restart();
        (Length, _told) = (0, null);
    }

    private void RequireRoom(long length)
    {
        if (length > most)
        {
            throw refuse($"more than {most} bytes", $"at most {most} bytes");
        }
    }
}

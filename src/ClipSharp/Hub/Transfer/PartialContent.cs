using System.Net;
using ClipSharp.Hub.Cache;

namespace ClipSharp.Hub.Transfer;

/// <summary>The part of a file that has been received, on disk, with its hash so far.</summary>
internal sealed class PartialContent(FileStream stream, BlobHash hash, HubFile file, string where)
{
    /// <summary>How many bytes there are.</summary>
    public long Length { get; private set; }

    /// <summary>Takes up what an earlier try left.</summary>
    public async Task ReadKeptAsync(CancellationToken cancel)
    {
        if (stream.Length > file.Size)
        {
            Restart();
            return;
        }

        var buffer = new byte[1 << 18];
        for (int count; (count = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
        {
            hash.Append(buffer.AsSpan(0, count));
            Length += count;
        }
    }

    /// <summary>Whether an answer's content can be appended; a server that does not go on begins anew.</summary>
    /// <exception cref="ClipException">The answer is about a file of another length.</exception>
    public bool Continues(HttpResponseMessage response)
    {
        if (response.StatusCode == HttpStatusCode.OK)
        {
            RequireLength(response.Content.Headers.ContentLength);
            if (Length > 0)
            {
                Restart();
            }

            return true;
        }

        var range = response.Content.Headers.ContentRange;
        if (response.StatusCode != HttpStatusCode.PartialContent || range?.From != Length)
        {
            Restart();
            return false;
        }

        RequireLength(range.Length);
        return true;
    }

    /// <summary>Appends what was received.</summary>
    /// <exception cref="ClipException">It is more than the file's length.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > file.Size - Length)
        {
            throw WrongLength($"more than {file.Size} bytes");
        }

        stream.Write(bytes);
        hash.Append(bytes);
        Length += bytes.Length;
    }

    private void RequireLength(long? length)
    {
        if (length is { } known && known != file.Size)
        {
            throw WrongLength($"{known} bytes");
        }
    }

    private ClipException WrongLength(string found) =>
        new(ClipError.Data, "The file has another length than the hub's list says", where, found, $"{file.Size} bytes",
            "Nothing of it was kept: pull again, and check HF_ENDPOINT if that does not help.");

    private void Restart()
    {
        stream.SetLength(0);
        hash.Restart();
        Length = 0;
    }
}

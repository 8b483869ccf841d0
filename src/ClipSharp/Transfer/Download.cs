namespace ClipSharp.Transfer;

/// <summary>Receives the rest of something, however often it breaks off: goes on where it broke, and knows short from
/// whole.</summary>
/// <param name="pauses">Before each further try.</param>
/// <param name="patience">How long the sender may be silent.</param>
/// <param name="progress">Told the bytes received.</param>
internal sealed class Download(GrowingPauses pauses, TimeSpan patience, Action<long> progress)
{
    private const int BufferLength = 1 << 18;
    private const long Achievement = 1 << 20; // so many new bytes make the next fault a first one

    private long _credited; // how far it has been

    /// <summary>Fills the part until it is whole.</summary>
    /// <param name="part">What there is already.</param>
    /// <param name="open">Asks for the bytes from an offset on; a passing fault is an <see cref="IOException"/>.</param>
    /// <param name="cancel">Stops it; what was received stays.</param>
    /// <exception cref="ClipException">It cannot be had.</exception>
    /// <exception cref="IOException">The part cannot be written.</exception>
    public async Task FillAsync(PartialFile part, Func<long, CancellationToken, Task<RemoteContent>> open,
        CancellationToken cancel)
    {
        var buffer = new byte[BufferLength];
        while (!part.IsWhole)
        {
            try
            {
                using var content = await Patience.HoldAsync(token => open(part.Length, token), patience, cancel)
                    .ConfigureAwait(false);
                if (part.Continues(content))
                {
                    await ReceiveAsync(content, part, buffer, cancel).ConfigureAwait(false);
                }
            }
            catch (PassingFault fault)
            {
                // What is received a second time is none: who always breaks at one place would be asked for ever.
                if (part.Length - _credited >= Achievement)
                {
                    pauses.Reset();
                    _credited = part.Length;
                }

                await pauses.WaitAsync(fault, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task ReceiveAsync(RemoteContent content, PartialFile part, byte[] buffer, CancellationToken cancel)
    {
        while (await Patience.HoldAsync(token => content.Body.ReadAsync(buffer, token).AsTask(), patience, cancel)
            .ConfigureAwait(false) is > 0 and var count)
        {
            part.Append(buffer.AsSpan(0, count));
            progress(count);
        }

        part.End();
        if (!part.IsWhole)
        {
            throw new PassingFault($"an end after {part.Length} of {part.WholeLength} bytes");
        }
    }
}

using System.Globalization;
using System.Net;
using ClipSharp.Cli.Rendering;
using ClipSharp.Torch;
using ClipSharp.Training.Ranks;

namespace ClipSharp.Cli.Commands.Learning;

/// <summary>Work that several processes of a launcher do together. What goes wrong in one of them ends all, its line first: the
/// others would wait for it for ever.</summary>
internal static class RankedRun
{
    // What goes wrong in all of them, the first one tells.
    private static readonly TimeSpan FirstWord = TimeSpan.FromSeconds(3);

    /// <returns>The exit code.</returns>
    /// <param name="device">What the work is to compute on.</param>
    /// <param name="output">Where a failure is told.</param>
    /// <param name="debug">Also tell where it was.</param>
    /// <param name="work">What to do.</param>
    public static int Start(TorchDevice device, Output output, bool debug, Action<ICollective> work)
    {
        ICollective? joined = null;
        joined = RankLaunch.Join(device, line => output.Error($"{Name(joined)}: {line}"));
        using var ranks = joined;
        if (ranks.WorldSize == 1)
        {
            work(ranks);
            return 0;
        }

        try
        {
            work(ranks);
            ranks.Barrier();
            return 0;
        }
#pragma warning disable CA1031 // whatever it is, the others are to end
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (ranks.Rank > 0)
            {
                Thread.Sleep(FirstWord);
            }

            var code = output.Failure(e, debug, Name(ranks));
            ranks.Abort(code);
            return code;
        }
    }

    private static string Name(ICollective? ranks) =>
        FormattableString.Invariant($"rank {ranks?.Rank.ToString(CultureInfo.InvariantCulture) ?? "?"} on {Dns.GetHostName()}");
}

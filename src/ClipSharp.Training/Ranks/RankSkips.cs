using System.Text;
using ClipSharp.Data.Index;

namespace ClipSharp.Training.Ranks;

/// <summary>What all processes left out, in one report.</summary>
internal static class RankSkips
{
    /// <summary>The losses of all, at every process.</summary>
    public static SkipReport Of(ICollective ranks, SkipReport mine)
    {
        if (ranks.WorldSize == 1)
        {
            return mine;
        }

        var lines = new List<byte[]>();
        mine.EachLine(lines.Add);
        var all = new SkipReport();
        foreach (var text in ranks.ToldByAll(string.Join('\n', lines.Select(line => Encoding.UTF8.GetString(line)))))
        {
            foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                all.Add(LeftOutFile.Parse(Encoding.UTF8.GetBytes(line)));
            }
        }

        return all;
    }
}

using ClipSharp.Search.Collections;
using ClipSharp.Search.Segments;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Search.Tests.Collections;

/// <summary>The rows beside the vectors of a segment.</summary>
public sealed class MetadataFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_come_back_as_they_were_written()
    {
        var rows = Rows(MetadataFile.GroupRows + 3);
        Write(rows);

        var groups = MetadataFile.Read(_folder["rows.parquet"]);

        Assert.Equal([MetadataFile.GroupRows, 3], groups.Select(group => group.Count));
        Assert.Equal(rows, groups.SelectMany(group => group));
        Assert.Equal(rows[^3..], Assert.Single(MetadataFile.Read(_folder["rows.parquet"], [1])));
    }

    [Fact]
    public void Any_damage_ends_in_an_answer()
    {
        Write(Rows(20));
        var read = 0;
        foreach (var (mutant, how) in Mutations.Of(File.ReadAllBytes(_folder["rows.parquet"]), 500))
        {
            File.WriteAllBytes(_folder["mutant.parquet"], mutant);
            try
            {
                read += MetadataFile.Read(_folder["mutant.parquet"]).Count;
            }
            catch (ClipException refusal)
            {
                Assert.Equal(ClipError.Data, refusal.Kind);
            }
            catch (Exception e)
            {
                Assert.Fail($"{how} let {e} out");
            }
        }

        Assert.NotEqual(0, read);
    }

    private void Write(IReadOnlyList<IndexedPicture> rows)
    {
        using var file = File.Create(_folder["rows.parquet"]);
        MetadataFile.Write(file, rows);
    }

    private static List<IndexedPicture> Rows(int count) => [.. Enumerable.Range(0, count).Select(i =>
        new IndexedPicture($"/photos/{i}.jpg", $"{i}")
        {
            Caption = i % 2 == 0 ? null : $"a caption, {i}",
            Source = "/photos",
            Offset = i,
            Length = 1000 + i,
            Modified = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddTicks(i),
            Hash = new string((char)('a' + (i % 6)), 64),
        })];
}

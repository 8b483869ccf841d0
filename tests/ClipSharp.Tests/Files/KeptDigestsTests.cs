using ClipSharp.Files.Reading;

namespace ClipSharp.Tests.Files;

public sealed class KeptDigestsTests : IDisposable
{
    private const int Large = 17 << 20;

    private readonly TemporaryFolder _folder = new();
    private int _read;

    private string Weights => _folder["weights"];

    private string Kept => _folder["digests"];

    public KeptDigestsTests() => Write(Large, age: 60);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_that_stayed_as_it_was_is_read_once()
    {
        var first = Digest();
        Assert.Equal(first, Digest());
        Assert.Equal(1, _read);
        Assert.Single(Directory.GetFiles(Kept));
    }

    [Fact]
    public void A_file_of_another_length_or_time_is_read_again()
    {
        Digest();
        Write(Large + 1, age: 60);
        Digest();
        Write(Large + 1, age: 50);
        Digest();
        Assert.Equal(3, _read);
    }

    [Fact]
    public void What_stands_beside_the_files_counts()
    {
        Digest();
        Digest("another configuration");
        Assert.Equal(2, _read);
    }

    [Fact]
    public void A_file_that_changed_just_now_or_is_small_is_not_kept()
    {
        Write(Large, age: 0);
        Digest();
        Write(1, age: 60);
        Digest();
        Assert.False(Directory.Exists(Kept));
    }

    [Fact]
    public void A_file_that_changes_while_it_is_read_is_not_kept()
    {
        new KeptDigests(Kept).Of([Weights], "", () =>
        {
            Write(Large, age: 50);
            return new string('0', 64);
        });
        Assert.False(Directory.Exists(Kept));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789")]
    public void What_is_damaged_is_made_anew(string damaged)
    {
        var first = Digest();
        File.WriteAllText(Directory.GetFiles(Kept).Single(), damaged);
        Assert.Equal(first, Digest());
        Assert.Equal(2, _read);
    }

    [Fact]
    public void Without_a_place_every_run_reads()
    {
        File.WriteAllText(Kept, "a file where the folder should be");
        Digest();
        new KeptDigests(null).Of([Weights], "", Read);
        Assert.Equal(2, _read);
    }

    [Fact]
    public void A_file_that_is_gone_is_told()
    {
        File.Delete(Weights);
        Assert.Throws<FileNotFoundException>(() => Digest());
    }

    private string Digest(string beside = "") => new KeptDigests(Kept).Of([Weights], beside, Read);

    private string Read()
    {
        _read++;
        return new string('a', 64);
    }

    private void Write(int length, int age)
    {
        using (var file = File.Create(Weights))
        {
            file.SetLength(length);
        }

        File.SetLastWriteTimeUtc(Weights, DateTime.UtcNow.AddSeconds(-age));
    }
}

using ClipSharp.Data;
using ClipSharp.Data.Shards;
using ClipSharp.Data.Sources;

namespace ClipSharp.Tests.Data.Shards;

public sealed class ShardPlaceTests
{
    [Theory]
    [InlineData("https://me:word@host/a/0.tar?sign=x#y", "https://host/a/0.tar", "0.tar")]
    [InlineData("https://host/a/0.tar.gz", "https://host/a/0.tar.gz", "0.tar")]
    [InlineData("https://a:b@c@host/0.tgz", "https://host/0.tgz", "0.tar")]
    [InlineData("s3://bucket/a/0.tar.zst", "s3://bucket/a/0.tar.zst", "0.tar")]
    [InlineData("pipe:aws s3 cp s3://b/3.tar -", "pipe:aws ... 3.tar", "3.tar")]
    [InlineData("pipe:curl -s 'https://h/3.tar?sign=x' | cat", "pipe:curl ... 3.tar", "3.tar")]
    [InlineData("photos/0.tar", "photos/0.tar", "0.tar")]
    public void A_place_is_shown_without_secrets_and_named_as_the_plain_tar(string place, string shown, string name)
    {
        Assert.Equal(shown, ShardPlace.Shown(place));
        Assert.Equal(name, ShardPlace.Name(place));
    }

    [Theory]
    [InlineData("https://host/0.tar", true)]
    [InlineData("pipe:cat 0.tar", true)]
    [InlineData("C:/data/0.tar", false)]
    [InlineData("a/b://c", false)]
    public void A_path_is_no_address(string place, bool isRemote) => Assert.Equal(isRemote, ShardPlace.IsRemote(place));

    [Theory]
    [InlineData("https://h/{08..10}.tar", "https://h/08.tar https://h/09.tar https://h/10.tar")]
    [InlineData("https://h/a.tar,http://[::1]:80/b.tar", "https://h/a.tar http://[::1]:80/b.tar")]
    [InlineData("https://h/a.tar::http://[::1]/{1,2}.tar", "https://h/a.tar http://[::1]/1.tar http://[::1]/2.tar")]
    [InlineData("https://h/a.tar?sign=x", "https://h/a.tar?sign=x")]
    public void Patterns_hold_for_addresses(string pattern, string expected) =>
        Assert.Equal(expected.Split(' '), DataPattern.Expand(pattern));

    [Theory]
    [InlineData("https://h/*.tar", "A web server does not tell what it holds")]
    [InlineData("https://h/train/", "{000..127}.tar")]
    [InlineData("gs://bucket/0.tar", "pipe:COMMAND")]
    [InlineData("https://h/pairs.csv", "Only shards are read from stores")]
    [InlineData("https://h/0.parquet?x=y", "Only shards are read from stores")]
    public void What_cannot_be_read_from_a_store_is_refused_with_what_to_do(string pattern, string words) =>
        Assert.Contains(words, Assert.Throws<ClipException>(() => SampleSources.Open(pattern, new DataOptions())).Message,
            StringComparison.Ordinal);
}

namespace ClipSharp.Testing.Servers;

/// <summary>Shards whose bytes tell them apart.</summary>
public static class DrawnShards
{
    /// <summary>A tar of some pairs; its pictures are random bytes.</summary>
    public static byte[] Of(int number, int pairs = 3, int pictureBytes = 2000)
    {
        var tar = new TarBuilder();
        for (var pair = 0; pair < pairs; pair++)
        {
            var random = new RandomStream(7, RandomPurpose.Synthesis, number, pair);
            var picture = new byte[pictureBytes];
            for (var i = 0; i < picture.Length; i++)
            {
                picture[i] = (byte)random.NextInt32(256);
            }

            tar.Add($"{number}-{pair}.jpg", picture).Add($"{number}-{pair}.txt", $"picture {pair} of shard {number}");
        }

        return tar.Finish();
    }
}

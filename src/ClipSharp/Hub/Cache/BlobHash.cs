using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ClipSharp.Hub.Transfer;
using ClipSharp.Transfer;

namespace ClipSharp.Hub.Cache;

/// <summary>The hash by which the hub knows a file: SHA-256 of a large one, git's object id of the others.</summary>
internal sealed class BlobHash : IContentHash, IDisposable
{
    private readonly HubFile _file;
    private IncrementalHash _hash;

    public BlobHash(HubFile file)
    {
        _file = file;
        _hash = Begin(file);
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <inheritdoc/>
    public void Restart()
    {
        _hash.Dispose();
        _hash = Begin(_file);
    }

    /// <summary>The hash of what was appended, in hexadecimal.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();

    private static IncrementalHash Begin(HubFile file)
    {
        if (file.Sha256 is not null)
        {
            return IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        }

        // git's object: a head that names kind and length, then the content.
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {file.Size}\0")));
        return hash;
    }
}

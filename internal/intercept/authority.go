package intercept

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// The files of an authority in its folder.
const (
	certFile = "ca.pem" // for everybody who shall trust it
	keyFile  = "ca.key" // for nobody
)

const (
	keyBits       = 2048
	authorityLife = 10 * 365 * 24 * time.Hour
	skew          = 24 * time.Hour // how wrong the clock of a client may be
)

// Authority signs the certificates of the official names.
//
// Its keys are RSA, because a JVM without elliptic curves and programs that only
// know the RSA key exchange can use them; every newer program can as well. It is
// good for the official domains only, and says so itself (name constraints): who
// trusts it trusts it with nothing else.
type Authority struct {
	// File is where its certificate is, in PEM.
	File string

	cert *x509.Certificate
	key  *rsa.PrivateKey
	mint mint
}

// Open returns the authority that is kept in dir, and makes it, and dir, if they
// are not there.
func Open(dir string) (*Authority, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	a := &Authority{File: filepath.Join(dir, certFile)}
	if a.key, err = openKey(dir); err != nil {
		return nil, err
	}
	if a.cert, err = a.openCert(); err != nil {
		return nil, err
	}
	return a, a.mint.open(a)
}

// openKey reads the key of the authority in dir, or makes one.
func openKey(dir string) (*rsa.PrivateKey, error) {
	file := filepath.Join(dir, keyFile)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(filepath.Join(dir, certFile)); err == nil {
			return nil, fmt.Errorf("%s is there and its key is not: remove it, and have a new authority trusted", filepath.Join(dir, certFile))
		}
		return makeKey(file)
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no key", file)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds no RSA key", file)
	}
	return private, nil
}

func makeKey(file string) (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, write(file, "PRIVATE KEY", der, 0o600)
}

// openCert reads the certificate, or makes it from the key.
func (a *Authority) openCert() (*x509.Certificate, error) {
	text, err := os.ReadFile(a.File)
	if errors.Is(err, fs.ErrNotExist) {
		return a.makeCert()
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no certificate", a.File)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.File, err)
	}
	switch {
	case !a.key.PublicKey.Equal(cert.PublicKey):
		return nil, fmt.Errorf("%s does not belong to the key beside it", a.File)
	case time.Now().After(cert.NotAfter):
		return nil, fmt.Errorf("%s is over since %s: remove it, and have the new one trusted", a.File, cert.NotAfter.Format(time.DateOnly))
	}
	return cert, nil
}

func (a *Authority) makeCert() (*x509.Certificate, error) {
	now := time.Now()
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "webwx intercept " + now.Format(time.DateOnly)},
		NotBefore:    now.Add(-skew), NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage:                    x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         []string{"qq.com", "wechat.com", "wechatapp.com"},
		ExcludedIPRanges: []*net.IPNet{
			{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)},
			{IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)},
		},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	if err := write(a.File, "CERTIFICATE", der, 0o644); err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Pin is the SHA-256 of the authority's public key in base64: chromium takes it
// as --ignore-certificate-errors-spki-list.
func (a *Authority) Pin() string {
	sum := sha256.Sum256(a.cert.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// newSerial returns a random serial number of 127 bits.
func newSerial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
}

// write makes a file at once: a crash leaves all of it or nothing.
func write(file, kind string, der []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it has its name
	err = errors.Join(f.Chmod(mode), pem.Encode(f, &pem.Block{Type: kind, Bytes: der}), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

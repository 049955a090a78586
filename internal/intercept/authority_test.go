package intercept

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, dir string) *Authority {
	t.Helper()
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// trust returns a pool with the authority's certificate, as programs read it.
func trust(t *testing.T, a *Authority) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(a.File)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatalf("%s holds no certificate", a.File)
	}
	return pool
}

func TestAuthorityStays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	a := open(t, dir)
	first, err := os.ReadFile(a.File)
	if err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	second, err := os.ReadFile(again.File)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) || a.Pin() != again.Pin() {
		t.Error("the second start made another authority")
	}
	for name, want := range map[string]os.FileMode{certFile: 0o644, keyFile: 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want && runtime.GOOS != "windows" {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.*.*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAuthorityMakesTheCertificateOfItsKeyAgain(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	if err := os.Remove(a.File); err != nil {
		t.Fatal(err)
	}
	if again := open(t, dir); again.Pin() != a.Pin() {
		t.Error("another key")
	}
}

// What would make trust worthless, or programs fail without a word, is an error
// that says what to do.
func TestAuthorityRefuses(t *testing.T) {
	other := open(t, t.TempDir())
	for _, tt := range []struct {
		name, want string
		spoil      func(dir string) error
	}{
		{"a certificate without its key", "its key is not", func(dir string) error { return os.Remove(filepath.Join(dir, keyFile)) }},
		{"a key that is none", "holds no key", func(dir string) error { return os.WriteFile(filepath.Join(dir, keyFile), []byte("x"), 0o600) }},
		{"a certificate that is none", "holds no certificate", func(dir string) error { return os.WriteFile(filepath.Join(dir, certFile), []byte("x"), 0o600) }},
		{"the certificate of another key", "does not belong", func(dir string) error {
			text, err := os.ReadFile(other.File)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, certFile), text, 0o600)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			open(t, dir)
			if err := tt.spoil(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open: %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestCertificates(t *testing.T) {
	a := open(t, t.TempDir())
	roots := trust(t, a)
	config := a.tlsConfig()
	for _, name := range []string{
		"wx.qq.com", "login.wx.qq.com", "file.wx2.qq.com", "webpush.wx8.qq.com", "login.weixin.qq.com", "webpush2.weixin.qq.com",
		"web.wechat.com", "webpush.web2.wechat.com", "webpush1.wechat.com", "file2.wx.qq.com", "x.wechatapp.com", "qq.com", "wechat.com", "res.wx.qq.com",
	} {
		for _, asked := range []string{name, strings.ToUpper(name), ""} { // without a name, the one for all
			c, err := config.GetCertificate(&tls.ClientHelloInfo{ServerName: asked})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots}); err != nil {
				t.Errorf("%s, asked for as %q: %v", name, asked, err)
			}
		}
	}
	deep, err := config.GetCertificate(&tls.ClientHelloInfo{ServerName: "a.b.c.wx.qq.com"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := deep.Leaf.Verify(x509.VerifyOptions{DNSName: "a.b.c.wx.qq.com", Roots: roots}); err != nil {
		t.Error(err)
	}
}

func TestCertificatesAreBounded(t *testing.T) {
	a := open(t, t.TempDir())
	for i := range maxMinted + 10 {
		if _, err := a.certificate(fmt.Sprintf("h%d.wx.qq.com", i)); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(a.mint.known); got > maxMinted {
		t.Errorf("%d certificates kept", got)
	}
	one, err := a.certificate("wx.qq.com")
	if err != nil {
		t.Fatal(err)
	}
	two, err := a.certificate("wx.qq.com")
	if err != nil || one != two {
		t.Errorf("made twice (%v)", err)
	}
	one.Leaf.NotAfter = time.Now().Add(leafRenew - time.Minute)
	if three, err := a.certificate("wx.qq.com"); err != nil || three == one {
		t.Errorf("a certificate that is nearly over was not renewed (%v)", err)
	}
}

// Whoever steals the key can be no bank.
func TestAuthorityIsGoodForNothingElse(t *testing.T) {
	a := open(t, t.TempDir())
	roots := trust(t, a)
	for _, template := range []*x509.Certificate{
		{DNSNames: []string{"example.com"}},
		{DNSNames: []string{"wx.qq.com", "example.com"}},
		{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}},
	} {
		template.SerialNumber, template.NotAfter = big.NewInt(1), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, template, a.cert, a.mint.key.Public(), a.key)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots}); err == nil {
			t.Errorf("a certificate for %v %v is believed", leaf.DNSNames, leaf.IPAddresses)
		}
	}
}

func TestOfficial(t *testing.T) {
	for name, want := range map[string]bool{
		"wx.qq.com": true, "WX.QQ.COM": true, "wx.qq.com.": true, "login.wx.qq.com": true, "a.b.wx.qq.com": true, "qq.com": true, "file1.wechat.com": true,
		"": false, "mail.qq.com": false, "awx.qq.com": false, "wx.qq.com.example.com": false, "127.0.0.1": false, "localhost": false,
		".wx.qq.com": false, "a..wx.qq.com": false, "a/b.wx.qq.com": false, strings.Repeat("a", 64) + ".wx.qq.com": false,
		strings.Repeat("a.", 125) + "wx.qq.com": false, "xn--wx.qq.co": false,
	} {
		if got := Official(name); got != want {
			t.Errorf("Official(%q) = %t, want %t", name, got, want)
		}
	}
}
